import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Context, DateTime, Effect, Layer, Redacted } from "effect"
import { DashboardRows } from "../../../../../tests/support/dashboard-rows.ts"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { DashboardRepo } from "./dashboard-repo.ts"

const [acme, globex, initech] = [
  "01890000-0000-7000-8000-00000000000a",
  "01890000-0000-7000-8000-00000000000b",
  "01890000-0000-7000-8000-00000000000c"
] as const
const tenants = [acme, globex] as const
const as = (tenant: string) =>
  Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenant), "test"))
const now = (tenant: string, range: Dashboard.Range) =>
  Effect.flatMap(DashboardRepo, (repo) => repo.now(range)).pipe(as(tenant))

/** Looks behind the policies, at the same rows. */
class Superuser extends Context.Tag("Superuser")<Superuser, SqlClient.SqlClient>() {
  static readonly layer = Layer.unwrapEffect(
    Effect.map(TestDatabase, ({ superuserUrl }) =>
      Layer.effect(
        Superuser,
        Effect.tap(SqlClient.SqlClient, (sql) => sql`SET search_path = app`)
      ).pipe(
        Layer.provide(Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 }))
      )
    )
  )
}

const services = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* Superuser
    yield* DashboardRows.fill(acme, 1).pipe(Effect.provideService(SqlClient.SqlClient, sql))
    yield* DashboardRows.fill(globex, 2).pipe(Effect.provideService(SqlClient.SqlClient, sql))
    yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${initech}, 'initech', 'Initech', 'USD')`
  })
).pipe(
  Layer.provideMerge(Superuser.layer),
  Layer.provideMerge(
    DashboardRepo.layer.pipe(Layer.provide(Database.layer), Layer.provide(TestDatabase.as("tessera_app")))
  ),
  Layer.provide(MigratedDatabase.layer),
  Layer.provide(TestDatabase.layer),
  Layer.orDie
)

/** The edges by plain arithmetic on milliseconds, which midnights of UTC are multiples of. */
const edgesOf = ({ at, range }: Dashboard.Model) => {
  const { bucketSeconds, buckets } = Dashboard.spans[range]
  const length = bucketSeconds * 1000
  const until = (Math.floor(DateTime.toEpochMillis(at) / length) + 1) * length
  return Array.from({ length: buckets }, (_, place) => ({
    from: new Date(until - (buckets - place) * length).toISOString(),
    to: new Date(until - (buckets - place - 1) * length).toISOString()
  }))
}

/** One value by one query, with the window as `$from` and `$to`. */
const counted = (tenant: string, { from, to }: { readonly from: string; readonly to: string }) =>
  Effect.map(Superuser, (sql) => (expression: string) => {
    const text = expression
      .replaceAll("$within", `BETWEEN '${from}' AND timestamptz '${to}' - interval '1 us'`)
      .replaceAll("$mine", `tenant_id = '${tenant}'`)
    return Effect.map(sql.unsafe<{ readonly value: number }>(`SELECT (${text})::float8 AS value`), (rows) =>
      Number(rows[0]?.value)
    )
  })

const captured = "SELECT coalesce(sum(amount_minor), 0) FROM payments WHERE $mine AND captured_at $within"
const refunded = `SELECT coalesce((SELECT sum(amount_minor) FROM payments WHERE $mine AND refunded_at $within), 0)
  + coalesce((SELECT sum(amount_minor) FROM refunds WHERE $mine AND status = 'paid' AND ended_at $within), 0)`
const orders = (status: string) =>
  `SELECT count(*) FROM orders WHERE $mine AND placed_at $within AND status ${status}`
const deliveries = (status: string) =>
  `SELECT count(*) FROM webhook_deliveries WHERE $mine AND created_at $within AND status = '${status}'`
const imports = (what: string, where: string) =>
  `SELECT coalesce(${what}, 0) FROM imports WHERE $mine AND ${where}`
const jobs = (status: string) => `SELECT count(*) FROM jobs WHERE $mine AND status = '${status}'`
const endedOrCommitting = "(finished_at $within OR status = 'committing')"

const numbersIn = {
  "sagas.placed": orders("IS NOT NULL"),
  "sagas.fulfilled": orders("= 'fulfilled'"),
  "sagas.cancelled": orders("= 'cancelled'"),
  "sagas.running": orders("NOT IN ('fulfilled', 'cancelled')"),
  "revenue.capturedMinor": captured,
  "revenue.refundedMinor": refunded,
  "revenue.netMinor": `(${captured}) - (${refunded})`,
  "imports.running": imports("count(*)", "status IN ('previewing', 'committing')"),
  "imports.finished": imports("count(*)", "finished_at $within"),
  "imports.applied": imports("sum(created + updated)", `committed_unit > 0 AND ${endedOrCommitting}`),
  "imports.rejected": imports("sum(rejected)", endedOrCommitting),
  "jobs.waiting": jobs("queued"),
  "jobs.running": jobs("running"),
  "jobs.dead": jobs("dead"),
  "webhooks.delivered": deliveries("delivered"),
  "webhooks.pending": deliveries("pending"),
  "webhooks.failed": deliveries("dead"),
  sagasInFlight: "SELECT count(*) FROM orders WHERE $mine AND status NOT IN ('fulfilled', 'cancelled')",
  seq: "SELECT seq FROM event_heads WHERE $mine"
} as const

const read = (numbers: Dashboard.Model, path: string): unknown =>
  path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], numbers)

/** Linear between the two nearest ranks. */
const percentile = (sorted: ReadonlyArray<number>, part: number) => {
  const rank = part * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0]
  return low + (high - low) * (rank - Math.floor(rank))
}

const cases = tenants.flatMap((tenant) =>
  Dashboard.Range.literals.map((range) => [range, tenant === acme ? "acme" : "globex", tenant] as const)
)

layer(services, { timeout: "60 seconds", excludeTestServices: true })("DashboardRepo", (it) => {
  it.effect.each(cases)("counts %s of %s as separate queries do", ([range, , tenant]) =>
    Effect.gen(function* () {
      const numbers = yield* now(tenant, range)
      const edges = edgesOf(numbers)
      const window = { from: edges[0]?.from ?? "", to: edges.at(-1)?.to ?? "" }
      const value = yield* counted(tenant, window)

      const expected = yield* Effect.all(
        Object.fromEntries(Object.entries(numbersIn).map(([path, text]) => [path, value(text)]))
      )

      expect(Object.fromEntries(Object.keys(numbersIn).map((path) => [path, read(numbers, path)]))).toEqual(
        expected
      )
      expect(expected["sagas.placed"]).toBeGreaterThan(20)
    })
  )

  it.effect.each(cases)("cuts %s of %s at the edges, and its buckets add up", ([range, , tenant]) =>
    Effect.gen(function* () {
      const numbers = yield* now(tenant, range)

      const expected = yield* Effect.forEach(edgesOf(numbers), (edge) =>
        Effect.flatMap(counted(tenant, edge), (value) =>
          Effect.all({
            placed: value(orders("IS NOT NULL")),
            fulfilled: value(orders("= 'fulfilled'")),
            cancelled: value(orders("= 'cancelled'")),
            revenueMinor: value(`(${captured}) - (${refunded})`)
          }).pipe(Effect.map((sums) => ({ from: edge.from, ...sums })))
        )
      )

      expect(numbers.buckets.map((bucket) => ({ ...bucket, from: DateTime.formatIso(bucket.from) }))).toEqual(
        expected
      )
      expect(numbers.buckets.reduce((sum, { placed }) => sum + placed, 0)).toBe(numbers.sagas.placed)
      expect(numbers.buckets.reduce((sum, { revenueMinor }) => sum + revenueMinor, 0)).toBe(
        numbers.revenue.netMinor
      )
    })
  )

  it.effect.each(cases)("has the percentiles of %s of %s", ([range, , tenant]) =>
    Effect.gen(function* () {
      const sql = yield* Superuser
      const numbers = yield* now(tenant, range)
      const { from } = edgesOf(numbers)[0] ?? { from: "" }

      const took = yield* sql<{ readonly millis: number }>`
        SELECT (extract(epoch FROM ended_at) - extract(epoch FROM placed_at))::float8 * 1000 AS millis
        FROM orders WHERE tenant_id = ${tenant} AND status = 'fulfilled' AND ended_at IS NOT NULL
          AND placed_at >= ${from}::timestamptz ORDER BY 1`
      const latencies = yield* sql<{ readonly millis: number }>`
        SELECT latency_millis AS millis FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC, id DESC) AS n
          FROM webhook_deliveries WHERE tenant_id = ${tenant} AND created_at >= ${from}::timestamptz) AS d
        JOIN webhook_attempts a ON a.delivery_id = d.id AND a.attempt = 1
        WHERE n <= 1000 ORDER BY 1`
      const of = (rows: ReadonlyArray<{ readonly millis: number }>, part: number) =>
        percentile(
          rows.map(({ millis }) => millis),
          part
        )

      expect(numbers.sagas.fulfilMillis?.p50).toBeCloseTo(of(took, 0.5), 1)
      expect(numbers.sagas.fulfilMillis?.p95).toBeCloseTo(of(took, 0.95), 1)
      expect(numbers.webhooks.firstAttemptMillis?.p50).toBeCloseTo(of(latencies, 0.5), 6)
      expect(numbers.webhooks.firstAttemptMillis?.p95).toBeCloseTo(of(latencies, 0.95), 6)
    })
  )

  it.effect("shows a tenant without rows its own emptiness, whatever the others have", () =>
    Effect.gen(function* () {
      const numbers = yield* now(initech, "30d")
      const zeros = Object.keys(numbersIn).map((path) => read(numbers, path))

      expect(numbers.currency).toBe("USD")
      expect(new Set(zeros)).toEqual(new Set([0]))
      expect(numbers.sagas.fulfilMillis).toBe(null)
      expect(numbers.webhooks.firstAttemptMillis).toBe(null)
      expect(numbers.ordersByStatus.every(({ count }) => count === 0)).toBe(true)
      expect(numbers.buckets).toHaveLength(30)
    })
  )

  it.effect("tells the time by the clock of the database", () =>
    Effect.gen(function* () {
      const sql = yield* Superuser
      const read = sql<{
        readonly at: number
      }>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at`
      const [before] = yield* read
      const at = yield* Effect.flatMap(DashboardRepo, ({ clock }) => clock)
      const [after] = yield* read

      expect(at).toBeGreaterThanOrEqual(before?.at ?? Number.POSITIVE_INFINITY)
      expect(at).toBeLessThanOrEqual(after?.at ?? 0)
    })
  )
})
