import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleOrder } from "./sample-order.ts"

const importId = DemoId.of("checker", "import")
const restockCause = `restock:${DemoId.of("checker", "restock")}`
const restocked = 1_001

/** Placed through the API, and what a file brought. */
const plans: ReadonlyArray<SampleOrder.Plan> = [
  {
    ...({ name: "first", tenant: "acme", number: "1001", end: "fulfilled", quantity: 2 } as const),
    ...{ parcelUnits: 1, key: "chaos-7-first" }
  },
  { name: "second", tenant: "acme", number: "1002", end: "cancelled", quantity: 3, key: "chaos-7-second" },
  { name: "third", tenant: "globex", number: "1001", end: "fulfilled", quantity: 1, key: "chaos-7-third" },
  {
    ...({ name: "fourth", tenant: "acme", number: "1003", end: "fulfilled", quantity: 2 } as const),
    key: "chaos-7-fourth",
    back: { amountMinor: 500, quantity: 1, key: "chaos-7-refund" }
  },
  ...["91", "92"].map((number) => ({
    ...({ name: number, tenant: "acme", number, end: "fulfilled", quantity: 1 } as const),
    key: `import:${importId}:${number}`
  }))
]

/**
 * What the clean state consists of: orders placed through the API, one of them refunded in part, an import with
 * two more, one restock.
 */
const SamplePlans = {
  plans,
  of: (tenant: string) => plans.filter((plan) => plan.tenant === tenant),
  tenants: ["acme", "globex"],
  importId,
  restocked,
  /** Units of acme's product that are held when the clean state ends. */
  held: 2,
  restockCause,
  /** Of the webhook that announces an order. */
  messageBody: (name: string) =>
    JSON.stringify({ type: "order.placed", data: { orderId: SampleOrder.ids.order(name) } })
} as const

export { SamplePlans }
