import { type Order } from "@tessera/shared/order/order"
import { Array as Arr, Effect } from "effect"
import { ClientProblem } from "../../../lib/client-problem.ts"

interface _Refusal {
  readonly number: string
  readonly problem: ClientProblem
}
interface _Model {
  readonly done: ReadonlyArray<string>
  readonly refused: ReadonlyArray<_Refusal>
}

declare namespace BulkOutcome {
  /** Numbers of orders, in the order in which they were selected. */
  type Model = _Model
}

/** At once; the rest waits, so that fifty orders are no storm. */
const _concurrency = 4

/** What became of one action on many orders: an outcome for each, never one failure for all. */
const BulkOutcome = {
  of: <A, E>(
    orders: ReadonlyArray<Order.Summary>,
    act: (order: Order.Summary) => Effect.Effect<A, E>
  ): Effect.Effect<BulkOutcome.Model> =>
    Effect.forEach(
      orders,
      (order) =>
        Effect.either(
          Effect.mapBoth(
            Effect.catchAll(act(order), (error) => Effect.flip(ClientProblem.from(error))),
            {
              onSuccess: () => order.number,
              onFailure: (problem) => ({ number: order.number, problem })
            }
          )
        ),
      { concurrency: _concurrency }
    ).pipe(
      Effect.map(Arr.separate),
      Effect.map(([refused, done]) => ({ done, refused }))
    )
} as const

export { BulkOutcome }
