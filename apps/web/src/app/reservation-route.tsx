import { type ReactNode } from "react"
import { PlaceOrderDialog } from "../features/order/place-order-dialog.tsx"
import { ReservationListPage } from "../features/reservation/reservation-list-page.tsx"

/** The page of reservations with the dialog of orders, which takes one over. */
const ReservationRoute = (): ReactNode => (
  <ReservationListPage
    order={(reservation, onClose) => <PlaceOrderDialog opened reservation={reservation} onClose={onClose} />}
  />
)

export { ReservationRoute }
