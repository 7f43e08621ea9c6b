import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleOrder } from "./sample-order.ts"
import { type SandboxPair } from "./sandbox-pair.ts"
import { TableRows } from "./table-rows.ts"

interface Paid {
  readonly plan: SampleOrder.Plan
  /** Of the payment. */
  readonly provider_id: string
  readonly when: string
}

/** What went back of the order, if anything did: at the provider, and all that is written of it but its history. */
const cleanRefund = async (
  url: string,
  pair: SandboxPair,
  { plan, provider_id, when }: Paid
): Promise<void> => {
  const { back, name, tenant } = plan
  if (back === undefined) return
  const { amountMinor: amount_minor, key: idempotency_key, quantity } = back
  const tenant_id = SampleOrder.ids.tenant(tenant)
  const product_id = SampleOrder.ids.product(tenant)
  const id = SampleOrder.ids.refund(name)
  await pair.refund(provider_id, amount_minor, `refund:${id}`)
  await TableRows.insert(url, "refunds", [
    {
      ...{ tenant_id, id, order_id: SampleOrder.ids.order(name), run: 1, status: "paid", version: 2 },
      ...{ amount_minor, currency: "EUR", requested_by: "ada@acme.test", requested_at: when, ended_at: when },
      ...{ idempotency_key, request_hash: "hash" }
    }
  ])
  const line = { tenant_id, product_id, quantity }
  await TableRows.insert(url, "refund_lines", [{ ...line, refund_id: id, sku: `${tenant.toUpperCase()}-1` }])
  await TableRows.insert(url, "stock_ledger", [{ ...line, cause: `refund:${id}`, kind: "return", at: when }])
  await TableRows.insert(url, "jobs", [
    {
      ...{ tenant_id, id: DemoId.of("checker", "refund-job", name), queue: "refunds", name: "refund-order" },
      ...{ lane: "refunds", partition: 1, payload: { refundId: id }, actor: {}, status: "succeeded" },
      ...{ attempts: 1, max_attempts: 100, errors: [], created_at: when, finished_at: when }
    }
  ])
}

export { cleanRefund }
