import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"

interface _Model {
  readonly sku: Order.Line["sku"]
  readonly name: string
  readonly ordered: number
  /** Came back before, or is on its way. */
  readonly returned: number
  readonly returnable: number
  /** What so many of those that are left were sold for, in minor units. */
  readonly valueOf: (count: number) => number
}

declare namespace RefundUnits {
  /** The units of one product, however many lines of the order it has. */
  type Model = _Model
}

const _returned = (refunds: ReadonlyArray<Refund.Model>, sku: Order.Line["sku"]) =>
  refunds
    .filter(({ status }) => status !== "refused")
    .flatMap(({ returns }) => returns)
    .filter((line) => line.sku === sku)
    .reduce((sum, { quantity }) => sum + quantity, 0)

/** Lines of one product may have different prices: units come back in the order of the lines. */
const _value = (lines: ReadonlyArray<Order.Line>, before: number, count: number) =>
  lines.reduce(
    ({ skip, sum, take }, { quantity, unitPriceMinor }) => {
      const skipped = Math.min(skip, quantity)
      const taken = Math.min(take, quantity - skipped)
      return { skip: skip - skipped, take: take - taken, sum: sum + taken * unitPriceMinor }
    },
    { skip: before, take: count, sum: 0 }
  ).sum

/** What of an order can still come back, by product; a refused refund returned nothing. */
const RefundUnits = {
  of: (
    { lines }: Pick<Order.Model, "lines">,
    refunds: ReadonlyArray<Refund.Model>
  ): ReadonlyArray<RefundUnits.Model> =>
    [...new Set(lines.map(({ sku }) => sku))].map((sku) => {
      const same = lines.filter((line) => line.sku === sku)
      const ordered = same.reduce((sum, { quantity }) => sum + quantity, 0)
      const returned = Math.min(ordered, _returned(refunds, sku))
      return {
        sku,
        name: same[0]?.name ?? sku,
        ordered,
        returned,
        returnable: ordered - returned,
        valueOf: (count) => _value(same, returned, count)
      }
    })
} as const

export { RefundUnits }
