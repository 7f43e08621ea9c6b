import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Order } from "@tessera/shared/order/order"
import { Duration, Schema } from "effect"

/** Sees one order's saga to its end; its concurrency bounds how many sagas of a tenant are in flight. */
const FulfilOrderJob = JobDefinition.make({
  name: "fulfil-order",
  queue: "fulfilment",
  payload: Schema.Struct({ orderId: Order.Id, run: Schema.Int }),
  maxAttempts: 100,
  concurrency: 16,
  timeout: Duration.hours(1)
})

export { FulfilOrderJob }
