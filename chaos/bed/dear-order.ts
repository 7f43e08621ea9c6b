import { until } from "../../tests/support/until.ts"
import { type Bed } from "./bed.ts"
import { newProduct } from "./new-product.ts"

/** Above the 5,000.00 from which the demo's tenants want to approve. */
const priceMinor = 600_000

/** Orders that wait for a person before their payment is captured. */
const DearOrder = {
  product: (bed: Bed, initial: number): Promise<string> =>
    newProduct(bed, { sku: bed.unique("DEAR"), initial, priceMinor }),

  /** Placed, and come so far that it waits. */
  pending: async (bed: Bed, initial = 1): Promise<string> => {
    const order = await bed.place({ sku: await DearOrder.product(bed, initial) })
    const isPending = async () => {
      const rows = await bed.fleet.sql("SELECT 1 FROM approvals WHERE order_id = $1 AND status = 'pending'", [
        order
      ])
      return rows.length > 0
    }
    await until(`the order ${order} waits for approval`, isPending)
    return order
  }
} as const

export { DearOrder }
