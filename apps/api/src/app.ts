import { HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { Context } from "@tessera/infra/context/context"
import { HealthService } from "@tessera/infra/observe/health-service"
import { ObjectRoute } from "@tessera/infra/storage/object-route"
import { Duration, Effect, Layer, Option } from "effect"
import program from "../package.json" with { type: "json" }
import { AccessLive } from "./access/access-live.ts"
import { type Config } from "./config.ts"
import { Edge } from "./edge/edge.ts"
import { LeavingServer } from "./edge/leaving-server.ts"
import { CustomerFeature } from "./features/customer/customer-feature.ts"
import { DashboardFeature } from "./features/dashboard/dashboard-feature.ts"
import { EventFeature } from "./features/event/event-feature.ts"
import { FailureFeature } from "./features/failure/failure-feature.ts"
import { FulfilmentFeature } from "./features/fulfilment/fulfilment-feature.ts"
import { ImportFeature } from "./features/import/import-feature.ts"
import { JobFeature } from "./features/job/job-feature.ts"
import { NoticeFeature } from "./features/notice/notice-feature.ts"
import { OrderFeature } from "./features/order/order-feature.ts"
import { OrderIntake } from "./features/order/order-intake.ts"
import { OrderSettingsFeature } from "./features/order-settings/order-settings-feature.ts"
import { PresenceFeature } from "./features/presence/presence-feature.ts"
import { ProductFeature } from "./features/product/product-feature.ts"
import { ReplicaFeature } from "./features/replica/replica-feature.ts"
import { ReplicaSelf } from "./features/replica/replica-self.ts"
import { ReservationFeature } from "./features/reservation/reservation-feature.ts"
import { SessionFeature } from "./features/session/session-feature.ts"
import { WebhookFeature } from "./features/webhook/webhook-feature.ts"
import { ReplicaLayers } from "./replica-layers.ts"
import { ImportOrdersBinding } from "./wiring/import-orders-binding.ts"
import { ImportProductsBinding } from "./wiring/import-products-binding.ts"
import { OrderApprovalsBinding } from "./wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "./wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "./wiring/order-reservations-binding.ts"
import { SandboxCarrier } from "./wiring/sandbox-carrier.ts"
import { SandboxFailures } from "./wiring/sandbox-failures.ts"
import { SandboxPayments } from "./wiring/sandbox-payments.ts"
import { StripePayments } from "./wiring/stripe-payments.ts"

/**
 * How long a leaving replica stays reachable with a red readiness, so that the balancer stops sending
 * first.
 */
const _lameDuck = Duration.millis(1500)

/** The others take over the work while this replica still answers requests. */
const _handOver = Effect.flatMap(ClusterService, ({ leave }) => leave)

const _orderIntake = OrderIntake.layer.pipe(Layer.provide(OrderFulfilmentBinding.layer))

const _payments = ({ sandboxUrl, stripe }: Config.Shape) =>
  Option.match(stripe, {
    onNone: () => SandboxPayments.layer({ url: sandboxUrl }),
    onSome: StripePayments.layer
  })

const _features = (config: Config.Shape) =>
  Layer.mergeAll(
    CustomerFeature,
    DashboardFeature,
    EventFeature,
    JobFeature,
    ImportFeature.pipe(
      Layer.provide(ImportProductsBinding.pipe(Layer.provide(ProductFeature))),
      Layer.provide(ImportOrdersBinding.pipe(Layer.provide(_orderIntake)))
    ),
    FulfilmentFeature.pipe(
      Layer.provide(_payments(config)),
      Layer.provide(SandboxCarrier.layer({ url: config.sandboxUrl }))
    ),
    FailureFeature.pipe(
      Layer.provide(SandboxFailures.layer({ url: config.sandboxUrl, isOpen: config.mode === "demo" }))
    ),
    NoticeFeature,
    OrderFeature.pipe(
      Layer.provide([
        OrderFulfilmentBinding.layer,
        OrderApprovalsBinding.layer,
        OrderReservationsBinding.layer
      ])
    ),
    OrderSettingsFeature,
    PresenceFeature,
    ProductFeature,
    ReplicaFeature.pipe(Layer.provide(_self(config))),
    ReservationFeature,
    SessionFeature,
    WebhookFeature
  )

const _objects = HttpLayerRouter.add("GET", "/objects/*", ObjectRoute)

const _self = (config: Config.Shape) =>
  Layer.succeed(ReplicaSelf, {
    id: config.replicaId,
    version: program.version,
    mayKill: config.mode === "demo"
  })

type _Below = Layer.Layer.Success<ReturnType<typeof ReplicaLayers.of>>

/** The composition root: the one place that names every feature. */
const App = {
  /** `more` are routes and cluster members of a program that is more than the product, such as a test bed. */
  layer: (
    config: Config.Shape,
    more: Layer.Layer<never, never, HttpLayerRouter.HttpRouter | _Below> = Layer.empty
  ) => {
    const { layer: farewell, server } = LeavingServer.make()
    return HealthService.serving(_lameDuck, _handOver).pipe(
      Layer.provideMerge(farewell),
      Layer.provideMerge(
        HttpLayerRouter.serve(Layer.mergeAll(Edge.layer, _objects, more), { disableLogger: true }).pipe(
          Layer.provide(_features(config)),
          Layer.provide(AccessLive),
          Layer.provide(NodeHttpServer.layer(() => server, { port: config.httpPort, host: config.httpHost }))
        )
      ),
      Layer.provide(ReplicaLayers.of(config)),
      Layer.provide(Context.Request.logs)
    )
  }
} as const

export { App }
