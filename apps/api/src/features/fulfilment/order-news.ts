import { EventBus } from "@tessera/infra/events/event-bus"
import { type StoredMachine } from "@tessera/infra/machines/stored-machine"
import { type Approval } from "@tessera/shared/approval/approval"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { OrderEvent } from "@tessera/shared/order/order-event"
import { type DateTime } from "effect"
import { type OrderProgressRepo } from "./order-progress-repo.ts"

declare namespace OrderNews {
  /** What every event says of its order; none of that ever changes. */
  type Facts = Pick<OrderProgressRepo.Facts, "number" | "totalMinor" | "currency">
  type Of = { readonly id: Order.Id; readonly run: number; readonly order: OrderNews.Facts }
  type Moved = StoredMachine.Moved<Order.Status>
  type Decision = {
    readonly verdict: OrderEvent.ApprovalDecided["verdict"]
    readonly by: string | null
  }
}

const _verdicts = {
  approve: "approved",
  reject: "rejected",
  expire: "expired"
} as const satisfies Record<keyof (typeof Approval.transitions)["pending"], Approval.Status>

const _common = ({ id, order }: OrderNews.Of) => ({
  orderId: id,
  number: order.number,
  totalMinor: Money.AmountMinor.make(order.totalMinor),
  currency: Money.Currency.make(order.currency)
})

/** How the moves of an order are told, each under the version that it has led to. */
const OrderNews = {
  verdictOf: (event: keyof typeof _verdicts) => _verdicts[event],
  moved: (of: OrderNews.Of, { from, to, version }: OrderNews.Moved, reason: string): EventBus.Emission => {
    const common = _common(of)
    const at = { aggregateId: of.id, version }
    const fulfilled = () => EventBus.emission(OrderEvent.Fulfilled, OrderEvent.Fulfilled.make(common), at)
    const cancelled = () =>
      EventBus.emission(
        OrderEvent.Cancelled,
        OrderEvent.Cancelled.make({ ...common, reason, cause: OrderEvent.causeOf(reason) }),
        at
      )
    const retried = () =>
      EventBus.emission(OrderEvent.Retried, OrderEvent.Retried.make({ ...common, run: of.run }), at)
    const advanced = () =>
      EventBus.emission(OrderEvent.Advanced, OrderEvent.Advanced.make({ ...common, from, to }), at)
    const table: Partial<Record<Order.Status, () => EventBus.Emission>> = {
      fulfilled,
      cancelled,
      placed: retried
    }
    return (table[to] ?? advanced)()
  },
  asked: (of: OrderNews.Of, { version }: OrderNews.Moved, dueAt: DateTime.Utc): EventBus.Emission =>
    EventBus.emission(
      OrderEvent.ApprovalRequested,
      OrderEvent.ApprovalRequested.make({ ..._common(of), run: of.run, dueAt }),
      { aggregateId: of.id, version }
    ),
  decided: (
    of: OrderNews.Of,
    { version }: OrderNews.Moved,
    decision: OrderNews.Decision
  ): EventBus.Emission =>
    EventBus.emission(
      OrderEvent.ApprovalDecided,
      OrderEvent.ApprovalDecided.make({ ..._common(of), run: of.run, ...decision }),
      { aggregateId: of.id, version }
    )
} as const

export { OrderNews }
