import { mkdtempSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Reactivity } from "@effect/experimental"
import { FetchHttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Clock, Effect, Layer, Logger, LogLevel, Redacted } from "effect"
import { CredentialHash } from "../access/credential-hash.ts"
import { Password } from "../access/password.ts"
import { Migrate } from "../migrate/migrate.ts"
import { ProviderChecksRepo } from "../verify/provider-checks-repo.ts"
import { type ProviderLedger } from "../verify/provider-ledger.ts"
import { ReservationChecksRepo } from "../verify/reservation-checks-repo.ts"
import { StoredChecksRepo } from "../verify/stored-checks-repo.ts"
import { VerifyRepo } from "../verify/verify-repo.ts"
import { VerifyReport } from "../verify/verify-report.ts"
import { DemoRepo } from "./demo-repo.ts"
import { Seed } from "./seed.ts"

const options = (dataDir: string, receiverUrl: string) => ({
  publicUrl: "http://localhost:8080",
  receiverUrl,
  dataDir
})
const nobody = "http://127.0.0.1:9"
const folder = () => mkdtempSync(join(tmpdir(), "tessera-seed-"))
const read = (dataDir: string) => readFileSync(join(dataDir, "demo.json"), "utf8")

const services = Layer.unwrapEffect(
  Effect.gen(function* () {
    const { url, superuserUrl } = yield* TestDatabase
    const owner = Redacted.make(url("tessera_owner"))
    const infra = Redacted.make(url("tessera_infra"))
    yield* Migrate.run({ owner, infra })
    const superuser = Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 2 })
    return Layer.mergeAll(
      DemoRepo.layer.pipe(
        Layer.provide(Database.layer),
        Layer.provide(TestDatabase.as("tessera_app")),
        Layer.provide(InfraSql.layer({ url: infra, name: "test", connections: 2 }))
      ),
      Layer.provideMerge(VerifyRepo.layer, superuser)
    )
  })
).pipe(
  Layer.provide(TestDatabase.layer),
  Layer.provideMerge(Layer.mergeAll(Reactivity.layer, NodeContext.layer, FetchHttpClient.layer)),
  Layer.provideMerge(Logger.minimumLogLevel(LogLevel.Warning)),
  Layer.orDie
)
const seeded = Layer.provideMerge(
  Layer.effectDiscard(Effect.suspend(() => Seed.run(options(folder(), nobody)))),
  services
)

const counts = Effect.flatMap(
  SqlClient.SqlClient,
  (
    sql
  ) => sql`SELECT (SELECT count(*) FROM app.tenants) AS tenants, (SELECT count(*) FROM app.members) AS members,
    (SELECT count(*) FROM app.api_keys) AS api_keys, (SELECT count(*) FROM app.products) AS products,
    (SELECT count(*) FROM app.customers) AS customers, (SELECT count(*) FROM app.orders) AS orders,
    (SELECT count(*) FROM app.webhook_endpoints) AS endpoints, (SELECT count(*) FROM app.stock_ledger) > 2000 AS ledger`
)

const emptyBooks: ProviderLedger.Model = { authorisations: [], shipments: [], effects: [] }
const verify = (books: ProviderLedger.Model = emptyBooks) =>
  Effect.gen(function* () {
    const repo = yield* VerifyRepo
    const checks = [...StoredChecksRepo, ...ReservationChecksRepo, ...ProviderChecksRepo]
    const findings = yield* repo.run(checks, Effect.succeed(books))
    return findings.filter(({ violations }) => violations > 0)
  })

layer(services, { timeout: "60 seconds", excludeTestServices: true })("the demo data", (it) => {
  it.effect("is written once, within seconds, however often the seed runs", () =>
    Effect.gen(function* () {
      const dataDir = folder()
      const began = yield* Clock.currentTimeMillis
      yield* Seed.run(options(dataDir, nobody))
      const took = (yield* Clock.currentTimeMillis) - began
      const first = read(dataDir)

      yield* Seed.run(options(dataDir, nobody))

      expect(yield* counts).toEqual([
        {
          tenants: 2,
          members: 8,
          apiKeys: 2,
          products: 60,
          customers: 200,
          orders: 1200,
          endpoints: 2,
          ledger: true
        }
      ])
      expect(read(dataDir)).toBe(first)
      expect(statSync(join(dataDir, "demo.json")).mode & 0o777).toBe(0o600)
      expect(took).toBeLessThan(6000)
    })
  )

  it.effect("keeps every promise that the verifier knows", () =>
    Effect.gen(function* () {
      yield* Seed.run(options(folder(), nobody))

      expect(yield* verify()).toEqual([])
    })
  )

  it.effect("gives the accounts of demo.json, and new ones when the file was lost", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [lost, dataDir] = [folder(), folder()]
      yield* Seed.run(options(lost, nobody))
      yield* Seed.run(options(dataDir, nobody))

      const demo = JSON.parse(read(dataDir))
      const [member] = yield* sql<{ passwordHash: string }>`
        SELECT password_hash FROM app.members WHERE email = 'owner@acme.test'`
      const keys = yield* sql<{ keyHash: string }>`SELECT key_hash FROM app.api_keys ORDER BY key_hash`

      expect(demo.tenants.map(({ slug }: { slug: string }) => slug)).toEqual(["acme", "globex"])
      expect(demo.tenants[0].users.map(({ role }: { role: string }) => role)).toEqual([
        "owner",
        "admin",
        "operator",
        "viewer"
      ])
      expect(yield* Password.verify(member?.passwordHash ?? "", demo.tenants[0].users[0].password)).toBe(true)
      expect(keys.map(({ keyHash }) => keyHash)).toEqual(
        demo.tenants.map(({ apiKey }: { apiKey: string }) => CredentialHash.of(apiKey)).sort()
      )
    })
  )

  it.effect("moves the webhook endpoint to where the receiver is now and keeps its secret", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const dataDir = folder()
      const endpoints = sql<{ url: string; secret: string }>`
        SELECT url, secret FROM app.webhook_endpoints ORDER BY url`
      yield* Seed.run(options(dataDir, nobody))
      const before = yield* endpoints

      yield* Seed.run(options(dataDir, "http://127.0.0.1:19"))
      const after = yield* endpoints

      expect(after.map(({ url }) => url)).toEqual([
        "http://127.0.0.1:19/hooks/acme",
        "http://127.0.0.1:19/hooks/globex"
      ])
      expect(after.map(({ secret }) => secret)).toEqual(before.map(({ secret }) => secret))
      expect(after.every(({ secret }) => secret.startsWith("whsec_"))).toBe(true)
    })
  )
})

layer(seeded, { timeout: "60 seconds", excludeTestServices: true })("the verifier", (it) => {
  const titles = (findings: ReadonlyArray<VerifyRepo.Finding>) => findings.map(({ check }) => check.title)
  const someOrder = (status: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [order] = yield* sql<{ id: string; tenantId: string; totalMinor: number }>`
        SELECT id, tenant_id, total_minor FROM app.orders WHERE status = ${status} ORDER BY id LIMIT 1`
      return order ?? { id: "", tenantId: "", totalMinor: 0 }
    })
  /**
   * Breaks something, looks, and mends it again: a transaction would hide it from the verifier's
   * connection.
   */
  const planted = (plant: string, mend: string) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql.unsafe(plant)
      const findings = yield* verify()
      yield* sql.unsafe(mend)
      return findings
    })

  it.effect.each([
    [
      "each kind of stock is the sum of its ledger rows",
      "UPDATE app.products SET available = available - 1, sold = sold + 1 WHERE sku = 'ACM-101'",
      "UPDATE app.products SET available = available + 1, sold = sold - 1 WHERE sku = 'ACM-101'"
    ],
    [
      "an order has lines, and they add up to its total",
      "UPDATE app.orders SET total_minor = total_minor + 1 WHERE number = '1001'",
      "UPDATE app.orders SET total_minor = total_minor - 1 WHERE number = '1001'"
    ],
    [
      "a cancelled order holds no money and no shipment",
      "UPDATE app.payments SET status = 'captured' WHERE status = 'refunded'",
      "UPDATE app.payments SET status = 'refunded' WHERE refunded_at IS NOT NULL"
    ],
    [
      "a fulfilled order is paid and its shipment is booked",
      "UPDATE app.shipments SET status = 'cancelled'",
      "UPDATE app.shipments SET status = 'booked'"
    ],
    [
      "only what was captured is refunded",
      "UPDATE app.payments SET refunded_at = now() - interval '1 day', captured_at = NULL WHERE status = 'refunded'",
      "UPDATE app.payments SET captured_at = refunded_at WHERE status = 'refunded'"
    ]
  ] as const)("finds what was planted: %s", ([title, plant, mend]) =>
    Effect.gen(function* () {
      const before = yield* verify()

      const findings = yield* planted(plant, mend)

      expect(before).toEqual([])
      expect(titles(findings)).toContain(title)
      expect(findings[0]?.witness).toMatch(/order|product/)
      expect(VerifyReport.text({ findings, inFlight: 0 })).toContain("VIOLATED")
    })
  )

  it.effect("finds stock that an ended order still holds", () =>
    Effect.gen(function* () {
      const { id } = yield* someOrder("cancelled")
      const only = `cause = 'order:${id}:1' AND kind = 'release'`
      const findings = yield* planted(
        `CREATE TABLE app.kept AS SELECT * FROM app.stock_ledger WHERE ${only};
         DELETE FROM app.stock_ledger WHERE ${only}`,
        "INSERT INTO app.stock_ledger SELECT * FROM app.kept; DROP TABLE app.kept"
      )

      expect(titles(findings)).toEqual([
        "each kind of stock is the sum of its ledger rows",
        "an ended order has settled every unit it reserved"
      ])
    })
  )

  it.effect("finds money, bookings and repeated effects at the provider", () =>
    Effect.gen(function* () {
      const { id, tenantId, totalMinor } = yield* someOrder("cancelled")
      const createdAt = "2020-01-01T00:00:00.000Z"
      const common = { refundedMinor: 0, createdAt, updatedAt: createdAt }
      const reference = `${tenantId}/${id}/1`
      const unknown = `${tenantId}/00000000-0000-4000-8000-000000000000/1`

      const findings = yield* verify({
        authorisations: [
          { ...common, id: "auth_1", reference, amountMinor: totalMinor, status: "authorised" },
          { ...common, id: "auth_2", reference: unknown, amountMinor: 5, status: "captured" }
        ],
        shipments: [{ id: "ship_1", reference, status: "booked", createdAt }],
        effects: [
          { key: "k", kind: "capture" },
          { key: "k", kind: "capture" }
        ]
      })

      expect(titles(findings)).toEqual([
        "the provider holds money only for a fulfilled order, its total, once",
        "the carrier has a booking only for a fulfilled order, one for each parcel",
        "an idempotency key had one effect",
        "whatever stands at the provider belongs to an order"
      ])
      expect(findings[0]?.witness).toContain(id)
    })
  )

  it.effect("finds steps that were undone in the wrong order, and steps that were not", () =>
    Effect.gen(function* () {
      const { id, tenantId } = yield* someOrder("cancelled")
      const row = (step: string, direction: string) =>
        `('${tenantId}', 'FulfilOrder', '${id}/1', '${step}', '${direction}', 1, 'r', 'succeeded')`
      const insert =
        "INSERT INTO app.saga_steps (tenant_id, saga, key, step, direction, attempt, replica, outcome) VALUES"
      const rows = [
        row("reserve", "forward"),
        row("authorise", "forward"),
        row("capture", "forward"),
        row("reserve", "compensate"),
        row("authorise", "compensate")
      ]

      const findings = yield* planted(`${insert} ${rows.join()}`, "DELETE FROM app.saga_steps")

      expect(findings.map(({ witness }) => witness)).toEqual([
        `order ${id}, run 1: capture`,
        `saga FulfilOrder ${id}/1: reserve before authorise`
      ])
    })
  )
})
