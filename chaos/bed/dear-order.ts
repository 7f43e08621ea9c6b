import { until } from "../../tests/support/until.ts"
import { type Bed } from "./bed.ts"
import { type ChaosReplica } from "./chaos-replica.ts"
import { newProduct } from "./new-product.ts"

/** Above the 5,000.00 from which the demo's tenants want to approve. */
const priceMinor = 600_000

/** Orders that wait for a person before their payment is captured. */
const DearOrder = {
  product: (bed: Bed, initial: number): Promise<string> =>
    newProduct(bed, { sku: bed.unique("DEAR"), initial, priceMinor }),

  /** Placed, at that replica if one is given, and come so far that it waits. */
  pending: async (bed: Bed, initial = 1, at?: ChaosReplica): Promise<string> => {
    const sku = await DearOrder.product(bed, initial)
    const order = await bed.place(at === undefined ? { sku } : { sku, at })
    const isPending = async () => {
      const rows = await bed.fleet.sql("SELECT 1 FROM approvals WHERE order_id = $1 AND status = 'pending'", [
        order
      ])
      return rows.length > 0
    }
    await until(`the order ${order} waits for approval`, isPending)
    return order
  },

  /** How long orders wait that begin to from now on: what the tenant says in its settings, as it would say it. */
  wait: async (bed: Bed, seconds: number): Promise<void> => {
    const path = "/v1/order-settings"
    const known = await bed.answered({ method: "GET", path })
    const body = { ...(known.body as object), approvalSeconds: seconds }
    const answer = await bed.answered({ method: "PUT", path, body })
    bed.expect(answer.status === 200, `the settings were not changed: ${answer.status}`)
  }
} as const

export { DearOrder }
