import { Money } from "@tessera/shared/money"
import { type Order } from "@tessera/shared/order/order"
import { Refund } from "@tessera/shared/refund/refund"
import { Option, Record } from "effect"
import { OrderMoney } from "./order-money.ts"
import { RefundAmount } from "./refund-amount.ts"
import { RefundUnits } from "./refund-units.ts"

/** What somebody has put in so far. */
interface _Draft {
  /** As it was typed; null while nobody has: then it follows the units that come back. */
  readonly amount: string | null
  /** Units that come back, by SKU. */
  readonly counts: Readonly<Record<string, number>>
  readonly note: string
}

interface _Unit extends RefundUnits.Model {
  readonly count: number
}

interface _Model {
  readonly leftMinor: number
  readonly units: ReadonlyArray<_Unit>
  /** How many units come back. */
  readonly count: number
  /** What they were sold for, at most what is left; all that is left when none comes back. */
  readonly suggestedMinor: number
  readonly amountText: string
  /** None where there is a problem with it. */
  readonly amount: Option.Option<number>
  readonly problem: string | undefined
}

declare namespace RefundPlan {
  type Draft = _Draft
  type Unit = _Unit
  type Model = _Model
}

const _start: RefundPlan.Draft = { amount: null, counts: {}, note: "" }

const _suggested = (units: ReadonlyArray<_Unit>, leftMinor: number) => {
  const value = units.reduce((sum, unit) => sum + unit.valueOf(unit.count), 0)
  return units.some(({ count }) => count > 0) ? Math.min(value, leftMinor) : leftMinor
}

/** The first that is true of an amount is said. */
const _problems = [
  { is: (minor: number) => minor === 0, says: () => "At least 0.01" },
  {
    is: (minor: number, leftMinor: number) => minor > leftMinor,
    says: (left: string) => `At most ${left} is left`
  }
] as const

const _problem = (amount: Option.Option<number>, leftMinor: number, currency: string) =>
  Option.match(amount, {
    onNone: () => "Enter an amount such as 12.50",
    onSome: (minor) =>
      _problems.find(({ is }) => is(minor, leftMinor))?.says(Money.format(leftMinor, currency))
  })

/** What a refund would be: from the order, its refunds so far and what somebody has put in. */
const RefundPlan = {
  start: _start,
  of: (
    order: Pick<Order.Model, "status" | "totalMinor" | "refundedMinor" | "lines" | "currency">,
    refunds: ReadonlyArray<Refund.Model>,
    draft: RefundPlan.Draft
  ): RefundPlan.Model => {
    const leftMinor = OrderMoney.of(order, refunds).keptMinor
    // Somebody else's refund may have come meanwhile: what was chosen before is cut to what is left.
    const units = RefundUnits.of(order, refunds).map((unit) => ({
      ...unit,
      count: Math.min(draft.counts[unit.sku] ?? 0, unit.returnable)
    }))
    const suggestedMinor = _suggested(units, leftMinor)
    const amountText = draft.amount ?? RefundAmount.text(suggestedMinor)
    const typed = RefundAmount.parse(amountText)
    const problem = _problem(typed, leftMinor, order.currency)
    return {
      leftMinor,
      units,
      count: units.reduce((sum, { count }) => sum + count, 0),
      suggestedMinor,
      amountText,
      amount: problem === undefined ? typed : Option.none(),
      problem
    }
  },
  /** Every unit that still can, and what it was sold for. */
  allBack: (draft: RefundPlan.Draft, units: ReadonlyArray<RefundUnits.Model>): RefundPlan.Draft => ({
    ...draft,
    amount: null,
    counts: Record.fromEntries(units.map(({ returnable, sku }) => [sku, returnable]))
  }),
  /** What is sent: always with the amount that was seen, never "all that is left" of another moment. */
  request: ({ units }: RefundPlan.Model, amountMinor: number, note: string): Refund.Request =>
    Refund.Request.make({
      amountMinor: Money.AmountMinor.make(amountMinor),
      returns: units.filter(({ count }) => count > 0).map(({ count, sku }) => ({ sku, quantity: count })),
      ...(note.trim() === "" ? {} : { note: note.trim() })
    })
} as const

export { RefundPlan }
