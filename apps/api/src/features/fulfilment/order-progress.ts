import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { OrderEvent } from "@tessera/shared/order/order-event"
import { Context, Effect, Layer } from "effect"
import { OrderProgressRepo } from "./order-progress-repo.ts"

declare namespace OrderProgress {
  type Run = { readonly id: Order.Id; readonly run: number }
  type Move = OrderProgress.Run & { readonly from: Order.Status; readonly to: Order.Status }
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

      const announce = (id: Order.Id, run: number, from: Order.Status, to: Order.Status, reason: string) =>
        Effect.flatMap(repo.facts(id, run), (order) => {
          const common = {
            orderId: id,
            number: order.number,
            totalMinor: Money.AmountMinor.make(order.totalMinor),
            currency: Money.Currency.make(order.currency)
          }
          const of = { aggregateId: id, version: order.version }
          const fulfilled = EventBus.emission(OrderEvent.Fulfilled, OrderEvent.Fulfilled.make(common), of)
          const cancelled = EventBus.emission(
            OrderEvent.Cancelled,
            OrderEvent.Cancelled.make({ ...common, reason }),
            of
          )
          const advanced = EventBus.emission(
            OrderEvent.Advanced,
            OrderEvent.Advanced.make({ ...common, from, to }),
            of
          )
          const table: Partial<Record<Order.Status, EventBus.Emission>> = { fulfilled, cancelled }
          return events.emit(table[to] ?? advanced)
        })

      const moved = (
        id: Order.Id,
        run: number,
        from: Order.Status,
        to: Order.Status,
        reason: string | null
      ) =>
        repo
          .move({ id, from, to, reason })
          .pipe(Effect.tap((done) => Effect.when(announce(id, run, from, to, reason ?? ""), () => done)))

      const advance: OrderProgress.Shape["advance"] = ({ id, run, from, to }) =>
        Effect.gen(function* () {
          const done = yield* moved(id, run, from, to, null)
          const order = yield* repo.facts(id, run)
          yield* Effect.when(
            new Saga.Refused({ reason: "cancelled on request", uncertain: true }),
            () => !done && [from, "cancelling", "cancelled"].includes(order.status)
          )
        })

      return OrderProgress.of({
        advance,
        undoing: ({ id, run }, reason) =>
          Effect.flatMap(repo.facts(id, run), ({ status }) =>
            Effect.when(moved(id, run, status, "cancelling", reason), () =>
              Order.canBecome(status, "cancelling")
            )
          ).pipe(Effect.asVoid),
        undone: ({ id, run }, reason) => Effect.asVoid(moved(id, run, "cancelling", "cancelled", reason))
      })
    })
  )
}

export { OrderProgress }
