import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Refund } from "@tessera/shared/refund/refund"
import { Duration, Schema } from "effect"

/** Sees one refund's saga to its end; in a queue of its own, so that refunds never hold up orders. */
const RefundOrderJob = JobDefinition.make({
  name: "refund-order",
  queue: "refunds",
  payload: Schema.Struct({ refundId: Refund.Id }),
  maxAttempts: 100,
  concurrency: 8,
  timeout: Duration.hours(1)
})

export { RefundOrderJob }
