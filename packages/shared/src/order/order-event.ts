import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "./order.ts"

const _common = {
  orderId: Order.Id,
  number: Schema.String,
  totalMinor: Money.AmountMinor,
  currency: Money.Currency
}

const _Placed = Schema.TaggedStruct("order.placed", _common)
/** The saga took one step: `from` and `to` are neighbours in the life cycle. */
const _Advanced = Schema.TaggedStruct("order.advanced", { ..._common, from: Order.Status, to: Order.Status })
const _Fulfilled = Schema.TaggedStruct("order.fulfilled", _common)
const _Cancelled = Schema.TaggedStruct("order.cancelled", { ..._common, reason: Schema.String })

/** Facts about orders, past tense; add optional fields, never rename a published tag. */
const OrderEvent = {
  Placed: _Placed,
  Advanced: _Advanced,
  Fulfilled: _Fulfilled,
  Cancelled: _Cancelled
} as const

declare namespace OrderEvent {
  type Placed = typeof _Placed.Type
  type Advanced = typeof _Advanced.Type
  type Fulfilled = typeof _Fulfilled.Type
  type Cancelled = typeof _Cancelled.Type
}

export { OrderEvent }
