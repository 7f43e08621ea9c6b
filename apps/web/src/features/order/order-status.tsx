import { Order } from "@tessera/shared/order/order"
import { StatusBadge } from "../../ui/status-badge.tsx"

const _tones = {
  placed: "quiet",
  reserved: "busy",
  authorised: "busy",
  captured: "busy",
  booked: "busy",
  fulfilled: "good",
  cancelling: "undo",
  cancelled: "bad"
} as const satisfies Record<Order.Status, StatusBadge.Tone>

/** Where an order stands, in words. */
const OrderStatus = ({ status }: { readonly status: Order.Status }) => (
  <StatusBadge tone={_tones[status]} testId="order-status">
    {Order.label(status)}
  </StatusBadge>
)

export { OrderStatus }
