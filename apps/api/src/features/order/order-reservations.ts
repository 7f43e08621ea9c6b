import { type Tenancy } from "@tessera/infra/tenancy"
import { type Order } from "@tessera/shared/order/order"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { Context, type Effect } from "effect"

declare namespace OrderReservations {
  type Taking = {
    readonly id: Reservation.Id
    readonly order: { readonly id: Order.Id; readonly run: number }
    readonly lines: Order.Place["lines"]
  }
  type Refusal = Reservation.NotFound | Reservation.NotHeld | Reservation.Mismatch
  type Shape = {
    /**
     * In the caller's transaction: what is held is then reserved for this run of the order, and its saga
     * finds that done.
     */
    readonly take: (
      taking: OrderReservations.Taking
    ) => Effect.Effect<void, OrderReservations.Refusal, Tenancy.Current>
  }
}

/** Port: who keeps stock for somebody who is about to order. Bound in `wiring/`. */
class OrderReservations extends Context.Tag("api/order/OrderReservations")<
  OrderReservations,
  OrderReservations.Shape
>() {}

export { OrderReservations }
