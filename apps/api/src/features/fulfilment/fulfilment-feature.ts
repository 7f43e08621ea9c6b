import { Saga } from "@tessera/infra/workflows/saga"
import { Layer } from "effect"
import { SagaJob } from "../../sagas/saga-job.ts"
import { ApprovalProgress } from "./approval/approval-progress.ts"
import { ApprovalRepo } from "./approval/approval-repo.ts"
import { FulfilOrder } from "./fulfil-order.ts"
import { FulfilOrderJob } from "./fulfil-order-job.ts"
import { FulfilmentSteps } from "./fulfilment-steps.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"
import { RefundFeature } from "./refund/refund-feature.ts"
import { ShipmentRepo } from "./shipment/shipment-repo.ts"
import { StockRepo } from "./stock-repo.ts"
import { StuckStepHttpLive } from "./stuck/stuck-step-http-live.ts"
import { StuckSteps } from "./stuck/stuck-steps.ts"

const _job = SagaJob.layer({
  job: FulfilOrderJob,
  saga: FulfilOrder,
  subjectOf: ({ orderId, run }) => ({ id: orderId, run }),
  noun: "order"
})

const _saga = Saga.layer(FulfilOrder, FulfilmentSteps).pipe(
  Layer.provide(ApprovalProgress.layer),
  Layer.provide(ApprovalRepo.layer),
  Layer.provide(OrderProgress.layer),
  Layer.provide(OrderProgressRepo.layer),
  Layer.provide(ShipmentRepo.layer),
  Layer.provide(StockRepo.layer)
)

/**
 * The sagas behind every order and every refund, and the door to those of their steps that are stuck. What
 * it still requires (Payments, Carrier) is bound in `wiring/`.
 */
const FulfilmentFeature = Layer.mergeAll(
  _job,
  _saga,
  RefundFeature,
  StuckStepHttpLive.pipe(Layer.provide(StuckSteps.layer))
)

export { FulfilmentFeature }
