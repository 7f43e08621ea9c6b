import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { type Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer } from "effect"
import { OrderNews } from "./order-news.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"

declare namespace OrderProgress {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Move = OrderProgress.Run & {
    readonly event: Order.Move
    readonly order: OrderNews.Facts
  }
  type Shape = {
    /**
     * One step forward with its event, in the caller's transaction. A repetition after a crash changes
     * nothing. Refused, with the step's effect standing, when the order shall be cancelled.
     */
    readonly advance: (move: OrderProgress.Move) => Effect.Effect<void, Saga.Refused, Tenancy.Current>
    readonly undoing: (
      order: OrderProgress.Run,
      reason: string
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly undone: (order: OrderProgress.Run, reason: string) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/**
 * Moves an order along its life cycle to its end; the only writer of `orders.status` after it was placed.
 * What is refunded afterwards is the business of `refund/`.
 */
class OrderProgress extends Context.Tag("api/fulfilment/OrderProgress")<
  OrderProgress,
  OrderProgress.Shape
>() {
  static readonly layer = Layer.effect(
    OrderProgress,
    Effect.gen(function* () {
      const repo = yield* OrderProgressRepo
      const events = yield* EventBus

      const move = (one: OrderProgress.Move, reason: string | null) =>
        Effect.flatMap(repo.move({ id: one.id, run: one.run, event: one.event, reason }), (moved) =>
          events.emit(OrderNews.moved(one, moved, reason ?? ""))
        )

      const back = ({ id, run }: OrderProgress.Run, event: Order.Move, reason: string) =>
        repo.facts(id, run).pipe(
          Effect.flatMap((order) => move({ id, run, event, order }, reason)),
          Effect.catchTag("StateMachine.Illegal", () => Effect.void)
        )

      return OrderProgress.of({
        advance: (one) =>
          Effect.catchTag(move(one, null), "StateMachine.Illegal", ({ from, reason }) =>
            Effect.when(
              new Saga.Refused({ reason: "cancelled on request", uncertain: true }),
              () => reason === "guard" || ["cancelling", "cancelled"].includes(from)
            )
          ).pipe(Effect.asVoid),
        undoing: (run, reason) => back(run, "undo", reason),
        undone: (run, reason) => back(run, "undone", reason)
      })
    })
  )
}

export { OrderProgress }
