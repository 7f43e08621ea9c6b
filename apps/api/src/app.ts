import { createServer } from "node:http"
import { HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { HealthService } from "@tessera/infra/observe/health-service"
import { ObjectRoute } from "@tessera/infra/storage/object-route"
import { Duration, Layer } from "effect"
import { AccessLive } from "./access/access-live.ts"
import { type Config } from "./config.ts"
import { Edge } from "./edge/edge.ts"
import { CustomerFeature } from "./features/customer/customer-feature.ts"
import { DashboardFeature } from "./features/dashboard/dashboard-feature.ts"
import { EventFeature } from "./features/event/event-feature.ts"
import { FulfilmentFeature } from "./features/fulfilment/fulfilment-feature.ts"
import { ImportFeature } from "./features/import/import-feature.ts"
import { JobFeature } from "./features/job/job-feature.ts"
import { OrderFeature } from "./features/order/order-feature.ts"
import { OrderIntake } from "./features/order/order-intake.ts"
import { ProductFeature } from "./features/product/product-feature.ts"
import { ReplicaFeature } from "./features/replica/replica-feature.ts"
import { ReplicaSelf } from "./features/replica/replica-self.ts"
import { SessionFeature } from "./features/session/session-feature.ts"
import { WebhookFeature } from "./features/webhook/webhook-feature.ts"
import { ReplicaLayers } from "./replica-layers.ts"
import { ImportOrdersBinding } from "./wiring/import-orders-binding.ts"
import { ImportProductsBinding } from "./wiring/import-products-binding.ts"
import { OrderFulfilmentBinding } from "./wiring/order-fulfilment-binding.ts"
import { SandboxCarrier } from "./wiring/sandbox-carrier.ts"
import { SandboxPayments } from "./wiring/sandbox-payments.ts"

/**
 * How long a leaving replica stays reachable with a red readiness, so that the balancer stops sending
 * first.
 */
const _lameDuck = Duration.millis(1500)

const _orderIntake = OrderIntake.layer.pipe(Layer.provide(OrderFulfilmentBinding.layer))

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
      Layer.provide(SandboxPayments.layer({ url: config.sandboxUrl })),
      Layer.provide(SandboxCarrier.layer({ url: config.sandboxUrl }))
    ),
    OrderFeature.pipe(Layer.provide(OrderFulfilmentBinding.layer)),
    ProductFeature,
    ReplicaFeature.pipe(Layer.provide(_self(config))),
    SessionFeature,
    WebhookFeature
  )

const _objects = HttpLayerRouter.add("GET", "/objects/*", ObjectRoute)

const _self = (config: Config.Shape) =>
  Layer.succeed(ReplicaSelf, { id: config.replicaId, mayKill: config.mode === "demo" })

/** The composition root: the one place that names every feature. */
const App = {
  layer: (config: Config.Shape) =>
    HealthService.serving(_lameDuck).pipe(
      Layer.provideMerge(
        HttpLayerRouter.serve(Layer.merge(Edge.layer, _objects), { disableLogger: true }).pipe(
          Layer.provide(_features(config)),
          Layer.provide(AccessLive),
          Layer.provide(NodeHttpServer.layer(createServer, { port: config.httpPort, host: config.httpHost }))
        )
      ),
      Layer.provide(ReplicaLayers.of(config))
    )
} as const

export { App }
