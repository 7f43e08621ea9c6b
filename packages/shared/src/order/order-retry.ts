import { Schema } from "effect"
import { Order } from "./order.ts"

/** What is left out stays as it was; nothing else of an order can be changed. */
class _Request extends Schema.Class<_Request>("OrderRetry.Request")({
  paymentToken: Schema.optional(Order.Place.fields.paymentToken),
  postcode: Schema.optional(Order.Place.fields.postcode)
}) {}

/** A cancelled order is tried once more, at its old prices, as a run of its own. */
const OrderRetry = { Request: _Request } as const

declare namespace OrderRetry {
  type Request = _Request
}

export { OrderRetry }
