import { Postgres } from "@tessera/infra/storage/postgres"
import { DatabaseRoles } from "@tessera/infra/tenancy/database-roles"
import { Effect, Redacted } from "effect"
import { Migrate } from "../../../apps/api/src/migrate/migrate.ts"
import { PostgresClient } from "../../../scripts/launcher/postgres-client.ts"
import { ChaosLog } from "../../history/chaos-log.ts"
import { cleanCatalogue } from "./clean-catalogue.ts"
import { cleanLeaders } from "./clean-leaders.ts"
import { cleanMessages } from "./clean-messages.ts"
import { cleanRefund } from "./clean-refund.ts"
import { cleanReservations } from "./clean-reservations.ts"
import { SampleHistory } from "./sample-history.ts"
import { SampleOrder } from "./sample-order.ts"
import { SamplePlans } from "./sample-plans.ts"
import { type SandboxPair } from "./sandbox-pair.ts"
import { TableRows } from "./table-rows.ts"

const at = (url: string, database: string, user?: string): string => {
  const copy = new URL(url)
  copy.pathname = `/${database}`
  if (user !== undefined) Object.assign(copy, { username: user, password: "test" })
  return copy.href
}

/**
 * A database with the product's migrations and the traces of six orders, a refund, four reservations, a restock, an
 * import, webhooks and a cron.
 */
const CleanState = {
  create: async (server: string, name: string, pair: SandboxPair, startedAt: number): Promise<string> => {
    const url = at(server, name)
    await PostgresClient.query(server, `CREATE DATABASE "${name}" OWNER tessera_owner`)
    const superuser = Postgres.layer({ url: Redacted.make(url), name: "test", connections: 1 })
    await Effect.runPromise(Effect.provide(DatabaseRoles.schemas, superuser))
    const owner = Redacted.make(at(server, name, "tessera_owner"))
    const infra = Redacted.make(at(server, name, "tessera_infra"))
    await Effect.runPromise(Migrate.run({ owner, infra }))
    await PostgresClient.query(url, ChaosLog.create)
    await cleanCatalogue(url, startedAt)
    await orders(url, pair, startedAt)
    await cleanReservations(url, startedAt)
    await cleanMessages(url, pair, startedAt)
    await cleanLeaders(url, startedAt)
    return url
  },
  clone: async (server: string, from: string, name: string): Promise<string> => {
    await PostgresClient.query(server, `CREATE DATABASE "${name}" TEMPLATE "${from}"`)
    return at(server, name)
  },
  drop: async (server: string, name: string): Promise<void> => {
    await PostgresClient.query(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  }
} as const

const orders = async (url: string, pair: SandboxPair, startedAt: number): Promise<void> => {
  const when = new Date(startedAt + 1_000).toISOString()
  const all = SamplePlans.plans.map((plan) => SampleOrder.rows(plan, when))
  for (const table of ["orders", "order_lines", "jobs"] as const) {
    await TableRows.insert(
      url,
      table,
      all.map((rows) => rows[table])
    )
  }
  for (const table of ["stock_ledger", "saga_steps", "state_history"] as const) {
    await TableRows.insert(
      url,
      table,
      all.flatMap((rows): ReadonlyArray<Readonly<Record<string, unknown>>> => rows[table])
    )
  }
  for (const plan of SamplePlans.plans) await settle(url, pair, plan, when)
  await imports(url, when)
}

/** What provider and carrier know, by their own doors, and our note of it. */
const settle = async (
  url: string,
  pair: SandboxPair,
  plan: SampleOrder.Plan,
  when: string
): Promise<void> => {
  const isFulfilled = plan.end === "fulfilled"
  const reference = SampleOrder.reference(plan)
  const amount_minor = plan.quantity * SampleOrder.priceMinor
  const provider_id = await pair.pay(
    reference,
    amount_minor,
    isFulfilled ? ["capture"] : ["capture", "refund"]
  )
  const version = SampleHistory.paths[plan.end].payment.length + (plan.back === undefined ? 0 : 1)
  const of = {
    tenant_id: SampleOrder.ids.tenant(plan.tenant),
    order_id: SampleOrder.ids.order(plan.name),
    run: 1
  }
  const paid = plan.back === undefined ? "captured" : "partially_refunded"
  await TableRows.insert(url, "payments", [
    {
      ...{ ...of, provider_id, status: isFulfilled ? paid : "refunded", amount_minor, currency: "EUR" },
      ...{ refunded_minor: plan.back?.amountMinor ?? 0 },
      ...{ version, captured_at: when, refunded_at: isFulfilled ? null : when }
    }
  ])
  await cleanRefund(url, pair, { plan, provider_id, when })
  if (!isFulfilled) return
  for (const [index, lines] of SampleOrder.parcels(plan).entries()) {
    const further = index === 0 ? {} : { parcel: index + 1 }
    const shipment = await pair.ship(index === 0 ? reference : `${reference}/${index + 1}`)
    await TableRows.insert(url, index === 0 ? "shipments" : "further_shipments", [
      { ...of, ...further, provider_id: shipment, tracking_code: "TRK", status: "booked", version: 1 }
    ])
    await TableRows.insert(
      url,
      "shipment_lines",
      lines.map((line) => ({ ...of, parcel: index + 1, ...line }))
    )
  }
}

const imports = async (url: string, when: string): Promise<void> => {
  const tenant_id = SampleOrder.ids.tenant("acme")
  await TableRows.insert(url, "imports", [
    {
      ...{
        tenant_id,
        id: SamplePlans.importId,
        kind: "orders",
        status: "completed",
        file_name: "CANARY-acme-7-1.csv"
      },
      ...{
        file_bytes: 100,
        file_hash: "hash",
        object_key: "key",
        autocommit: true,
        columns: [],
        mapping: {}
      },
      ...{ mapping_chosen: false, run: 1, staged_row: 3, units: 2, committed_unit: 2, rows: 3, created: 2 },
      ...{
        updated: 0,
        skipped: 0,
        rejected: 1,
        percent: 100,
        rows_per_second: 0,
        created_at: when,
        finished_at: when
      }
    }
  ])
  await TableRows.insert(url, "import_rejections", [
    { tenant_id, import_id: SamplePlans.importId, row: 3, reason: "wrong", cells: [] }
  ])
}

export { CleanState }
