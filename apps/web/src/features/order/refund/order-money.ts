import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"

interface _Model {
  /** Captured; 0 while nothing is, and once it was given back whole. */
  readonly paidMinor: number
  /** Paid back to the customer. */
  readonly refundedMinor: number
  /** Asked for, and not paid back yet. */
  readonly underWayMinor: number
  /** What stays if nothing else is refunded, what is under way not counted. */
  readonly keptMinor: number
}

declare namespace OrderMoney {
  /** All in minor units of the order's currency. */
  type Model = _Model
}

const _isPaid = {
  placed: false,
  reserved: false,
  authorised: false,
  captured: true,
  booked: true,
  fulfilled: true,
  cancelling: false,
  cancelled: false
} as const satisfies Record<Order.Status, boolean>

const _sum = (refunds: ReadonlyArray<Refund.Model>, status: Refund.Status) =>
  refunds.filter((refund) => refund.status === status).reduce((sum, { amountMinor }) => sum + amountMinor, 0)

/** What became of an order's money; without its list of refunds as far as the order itself knows. */
const OrderMoney = {
  of: (
    order: Pick<Order.Model, "status" | "totalMinor" | "refundedMinor">,
    refunds: ReadonlyArray<Refund.Model> | undefined
  ): OrderMoney.Model => {
    const paidMinor = _isPaid[order.status] ? order.totalMinor : 0
    const refundedMinor = refunds === undefined ? order.refundedMinor : _sum(refunds, "paid")
    const underWayMinor = _sum(refunds ?? [], "requested")
    return {
      paidMinor,
      refundedMinor,
      underWayMinor,
      keptMinor: Math.max(0, paidMinor - refundedMinor - underWayMinor)
    }
  }
} as const

export { OrderMoney }
