import { Effect, Layer } from "effect"
import { StockRepo } from "../features/fulfilment/stock-repo.ts"
import { OrderReservations } from "../features/order/order-reservations.ts"
import { Reservations } from "../features/reservation/reservations.ts"

/** Held units go to the cause under which the fulfilment feature's saga looks for them. */
const OrderReservationsBinding = {
  layer: Layer.effect(
    OrderReservations,
    Effect.map(Reservations, ({ take }) =>
      OrderReservations.of({
        take: ({ order, ...taking }) => take({ ...taking, cause: StockRepo.cause(order) })
      })
    )
  ).pipe(Layer.provide(Reservations.layer))
} as const

export { OrderReservationsBinding }
