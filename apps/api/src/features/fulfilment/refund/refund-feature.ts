import { Saga } from "@tessera/infra/workflows/saga"
import { Layer } from "effect"
import { SagaJob } from "../../../sagas/saga-job.ts"
import { StockRepo } from "../stock-repo.ts"
import { RefundHttpLive } from "./refund-http-live.ts"
import { RefundOrder } from "./refund-order.ts"
import { RefundOrderJob } from "./refund-order-job.ts"
import { RefundProgressRepo } from "./refund-progress-repo.ts"
import { RefundSteps } from "./refund-steps.ts"
import { Refunds } from "./refunds.ts"

const _job = SagaJob.layer({
  job: RefundOrderJob,
  saga: RefundOrder,
  subjectOf: ({ refundId }) => ({ id: refundId, run: 1 }),
  noun: "refund"
})

const _saga = Saga.layer(RefundOrder, RefundSteps).pipe(
  Layer.provide(RefundProgressRepo.layer),
  Layer.provide(StockRepo.layer)
)

/** All that the fulfilment feature knows of this folder; it still requires Payments. */
const RefundFeature = Layer.mergeAll(_job, _saga, RefundHttpLive.pipe(Layer.provide(Refunds.layer)))

export { RefundFeature }
