import { EventBus } from "@tessera/infra/events/event-bus"
import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { OrderEvent } from "@tessera/shared/order/order-event"

declare namespace OrderPlaced {
  type Facts = {
    readonly id: Order.Id
    readonly number: string
    readonly totalMinor: number
    readonly currency: string
  }
}

/** The first event of an order, the same whether a person or a file placed it. */
const OrderPlaced = {
  emission: ({ id, number, totalMinor, currency }: OrderPlaced.Facts): EventBus.Emission =>
    EventBus.emission(
      OrderEvent.Placed,
      OrderEvent.Placed.make({
        orderId: id,
        number,
        totalMinor: Money.AmountMinor.make(totalMinor),
        currency: Money.Currency.make(currency)
      }),
      { aggregateId: id, version: 1 }
    )
} as const

export { OrderPlaced }
