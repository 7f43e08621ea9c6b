import { EventBus } from "@tessera/infra/events/event-bus"
import { type StoredMachine } from "@tessera/infra/machines/stored-machine"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { OrderEvent } from "@tessera/shared/order/order-event"
import { Context, Effect, Layer } from "effect"
import { OrderProgressRepo } from "./order-progress-repo.ts"

type _Moved = StoredMachine.Moved<Order.Status>

declare namespace OrderProgress {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Move = OrderProgress.Run & {
    readonly event: Order.Move
    /** What its event says of it; none of that ever changes. */
    readonly order: Pick<OrderProgressRepo.Facts, "number" | "totalMinor" | "currency">
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

/** Moves an order along its life cycle; the only writer of `orders.status` after it was placed. */
class OrderProgress extends Context.Tag("api/fulfilment/OrderProgress")<
  OrderProgress,
  OrderProgress.Shape
>() {
  static readonly layer = Layer.effect(
    OrderProgress,
    Effect.gen(function* () {
      const repo = yield* OrderProgressRepo
      const events = yield* EventBus

      const announce = ({ id, order }: OrderProgress.Move, { from, to, version }: _Moved, reason: string) => {
        const common = {
          orderId: id,
          number: order.number,
          totalMinor: Money.AmountMinor.make(order.totalMinor),
          currency: Money.Currency.make(order.currency)
        }
        const of = { aggregateId: id, version }
        const fulfilled = () => EventBus.emission(OrderEvent.Fulfilled, OrderEvent.Fulfilled.make(common), of)
        const cancelled = () =>
          EventBus.emission(OrderEvent.Cancelled, OrderEvent.Cancelled.make({ ...common, reason }), of)
        const advanced = () =>
          EventBus.emission(OrderEvent.Advanced, OrderEvent.Advanced.make({ ...common, from, to }), of)
        const table: Partial<Record<Order.Status, () => EventBus.Emission>> = { fulfilled, cancelled }
        return events.emit((table[to] ?? advanced)())
      }

      const move = (one: OrderProgress.Move, reason: string | null) =>
        Effect.flatMap(repo.move({ id: one.id, event: one.event, reason }), (moved) =>
          announce(one, moved, reason ?? "")
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
