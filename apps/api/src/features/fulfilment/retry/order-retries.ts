import { EventBus } from "@tessera/infra/events/event-bus"
import { JobService } from "@tessera/infra/jobs/job-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type Order } from "@tessera/shared/order/order"
import { type OrderRetry } from "@tessera/shared/order/order-retry"
import { Context, Effect, Layer } from "effect"
import { FulfilOrderJob } from "../fulfil-order-job.ts"
import { OrderNews } from "../order-news.ts"
import { OrderRetryRepo } from "./order-retry-repo.ts"

declare namespace OrderRetries {
  type Shape = {
    /**
     * The order is placed again as its next run, its event and the start of its saga with it or not at all.
     * False when it is not cancelled; of several who ask at once one does it.
     */
    readonly retry: (
      id: Order.Id,
      changes: OrderRetry.Request
    ) => Effect.Effect<boolean, never, Tenancy.Current>
  }
}

/** Runs of orders after the first. The keys at the providers name the run, so nothing is taken for old. */
class OrderRetries extends Context.Tag("api/fulfilment/OrderRetries")<OrderRetries, OrderRetries.Shape>() {
  static readonly layer = Layer.effect(
    OrderRetries,
    Effect.gen(function* () {
      const repo = yield* OrderRetryRepo
      const events = yield* EventBus
      const jobs = yield* JobService
      const database = yield* Database

      const retry: OrderRetries.Shape["retry"] = Effect.fn("OrderRetries.retry")(
        function* (id, changes) {
          const moved = yield* repo.retry(id, changes)
          const { run, ...order } = yield* repo.facts(id)
          yield* events.emit(OrderNews.moved({ id, run, order }, moved, ""))
          yield* Effect.orDie(jobs.submit(FulfilOrderJob, { orderId: id, run }))
          return true
        },
        Effect.catchTags({
          "StateMachine.Illegal": () => Effect.succeed(false),
          "MachineStore.NotFound": () => Effect.succeed(false)
        }),
        (retrying) => database.transaction(retrying)
      )

      return OrderRetries.of({ retry })
    })
  ).pipe(Layer.provide(OrderRetryRepo.layer))
}

export { OrderRetries }
