import { type Order } from "@tessera/shared/order/order"
import { Format } from "../../lib/format.ts"

/** Some units of an order in words: `2 × Green tea + 1 × Mug`. */
const OrderUnits = {
  text: (
    { lines }: Pick<Order.Model, "lines">,
    units: ReadonlyArray<{ readonly sku: Order.Line["sku"]; readonly quantity: number }>
  ): string =>
    units
      .map(({ sku, quantity }) => {
        const name = lines.find((line) => line.sku === sku)?.name ?? sku
        return `${Format.count(quantity)} × ${name}`
      })
      .join(" + ")
} as const

export { OrderUnits }
