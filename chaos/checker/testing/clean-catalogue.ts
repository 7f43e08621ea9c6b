import { DemoId } from "../../../apps/api/src/seed/demo-id.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"
import { TableRows } from "./table-rows.ts"

const iso = (millis: number) => new Date(millis).toISOString()

/** Two tenants with one product each: stock as it is after all orders, and the ledger of what came in. */
const cleanCatalogue = async (url: string, startedAt: number): Promise<void> => {
  const before = iso(startedAt - 60_000)
  const rows = SamplePlans.tenants.map((slug) => ({ tenant_id: SampleOrder.ids.tenant(slug), slug }))
  await TableRows.insert(
    url,
    "tenants",
    rows.map(({ slug, tenant_id }) => ({
      id: tenant_id,
      slug,
      name: slug,
      currency: "EUR",
      created_at: before
    }))
  )
  const customers = rows.map(({ slug, tenant_id }) => ({
    ...{
      tenant_id,
      id: DemoId.of("checker", slug, "customer"),
      reference: `CANARY-${slug}-7`,
      name: `CANARY-${slug}-7`
    },
    created_at: before
  }))
  await TableRows.insert(url, "customers", customers)
  const stock = rows.map(({ slug, tenant_id }) => ({ slug, tenant_id, ...stockOf(slug) }))
  const products = stock.map(({ slug, ...product }) => ({
    ...{ ...product, id: SampleOrder.ids.product(slug), sku: `${slug.toUpperCase()}-1`, name: "Thing" },
    ...{ price_minor: SampleOrder.priceMinor, currency: "EUR", created_at: before }
  }))
  await TableRows.insert(url, "products", products)
  const ledger = (slug: string, cause: string, kind: string, quantity: number, when: string) => ({
    ...{ tenant_id: SampleOrder.ids.tenant(slug), product_id: SampleOrder.ids.product(slug) },
    ...{ cause, kind, quantity, at: when }
  })
  await TableRows.insert(url, "stock_ledger", [
    ...SamplePlans.tenants.map((slug) =>
      ledger(slug, `product:${SampleOrder.ids.product(slug)}`, "initial", 100, before)
    ),
    ledger("acme", SamplePlans.restockCause, "restock", SamplePlans.restocked, iso(startedAt + 2_000))
  ])
}

const stockOf = (slug: string) => {
  const more = slug === "acme" ? SamplePlans.restocked : 0
  const sold = SamplePlans.of(slug)
    .filter(({ end }) => end === "fulfilled")
    .reduce((sum, { back, quantity }) => sum + quantity - (back?.quantity ?? 0), 0)
  const reserved = slug === "acme" ? SamplePlans.held : 0
  return { initial: 100, restocked: more, available: 100 + more - sold - reserved, reserved, sold }
}

export { cleanCatalogue }
