import { Schema } from "effect"
import { Money } from "../money.ts"
import { Order } from "../order/order.ts"

/** The tenant's numbers of the moment; the same as SQL gives. */
class _Model extends Schema.Class<_Model>("Dashboard")({
  ordersByStatus: Schema.Array(Schema.Struct({ status: Order.Status, count: Schema.Int })),
  /** Captured minus refunded since midnight UTC. */
  revenueTodayMinor: Money.AmountMinor,
  ordersToday: Schema.Int,
  currency: Money.Currency,
  /** Orders whose saga has not ended. */
  sagasInFlight: Schema.Int,
  importsRunning: Schema.Int,
  webhooks: Schema.Struct({ delivered: Schema.Int, pending: Schema.Int, failed: Schema.Int }),
  /** Last 30 days, oldest first: fulfilled revenue and orders placed. */
  daily: Schema.Array(
    Schema.Struct({ day: Schema.String, revenueMinor: Money.AmountMinor, orders: Schema.Int })
  ),
  /** The event after which these numbers hold. */
  seq: Schema.Int
}) {}

const Dashboard = { Model: _Model } as const

declare namespace Dashboard {
  type Model = _Model
}

export { Dashboard }
