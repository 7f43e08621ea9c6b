import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "../order/order.ts"

const _defaultSeconds = 86_400

/** What is left out of a `PUT` goes back to its default. */
class _Model extends Schema.Class<_Model>("OrderSettings")({
  /** An order whose total is above it needs approval, in minor units; null: none does. Defaults to null. */
  approvalThresholdMinor: Schema.optionalWith(Schema.NullOr(Money.AmountMinor), { default: () => null }),
  /** How long an order waits for that, in seconds, at most 30 days; then it is undone. Defaults to 1 day. */
  approvalSeconds: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 2_592_000)), {
    default: () => _defaultSeconds
  }),
  /** Units a parcel holds, of whatever they are; null: each order is one parcel. Defaults to null. */
  parcelUnits: Schema.optionalWith(Schema.NullOr(Order.Units), { default: () => null })
}) {}

/** How a tenant wants its orders treated; counts for orders that are placed from then on. */
const OrderSettings = { Model: _Model } as const

declare namespace OrderSettings {
  type Model = _Model
}

export { OrderSettings }
