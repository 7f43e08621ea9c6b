import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { Migrate } from "../../migrate/migrate.ts"
import { DashboardRepo } from "./dashboard-repo.ts"

const [acme, globex] = [
  "01890000-0000-7000-8000-00000000000a",
  "01890000-0000-7000-8000-00000000000b"
] as const
const customer = "01890000-0000-7000-8000-000000000001"
const order = (n: number) => `01890000-0000-7000-8000-00000000010${n}`
const as = (tenant: string) =>
  Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenant), "test"))

const fill = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SET search_path = app`
  yield* sql`INSERT INTO tenants (id, slug, name, currency)
    VALUES (${acme}, 'acme', 'Acme', 'EUR'), (${globex}, 'globex', 'Globex', 'USD')`
  yield* sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${acme}, ${customer}, '1', 'Ada')`
  yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
      payment_token, postcode, idempotency_key, request_hash, placed_at)
    SELECT ${acme}, id::uuid, id, ${customer}, status, 0, 'EUR', 'tok_ok', '12345', id, '', now() - age
    FROM (VALUES (${order(1)}, 'fulfilled', interval '0'), (${order(2)}, 'cancelled', interval '0'),
      (${order(3)}, 'booked', interval '0'), (${order(4)}, 'fulfilled', interval '3 days'),
      (${order(5)}, 'placed', interval '40 days')) AS o(id, status, age)`
  yield* sql`INSERT INTO payments (tenant_id, order_id, run, status, amount_minor, currency, captured_at, refunded_at)
    SELECT ${acme}, id::uuid, 1, status, amount, 'EUR', now() - age, refunded
    FROM (VALUES (${order(1)}, 'captured', 1000::bigint, interval '0', NULL::timestamptz),
      (${order(2)}, 'refunded', 200, interval '2 days', now()),
      (${order(4)}, 'captured', 5000, interval '3 days', NULL)) AS p(id, status, amount, age, refunded)`
  // Of 5,000.00 of three days ago 500.00 went back today, and 200.00 more is on its way.
  yield* sql`UPDATE payments SET status = 'partially_refunded', refunded_minor = 500 WHERE order_id = ${order(4)}`
  yield* sql`INSERT INTO refunds (tenant_id, id, order_id, run, status, amount_minor, currency, requested_by,
      ended_at, idempotency_key, request_hash)
    SELECT ${acme}, gen_random_uuid(), ${order(4)}, 1, status, amount, 'EUR', 'Ada', ended, status, ''
    FROM (VALUES ('paid', 500, now()), ('requested', 200, NULL)) AS r(status, amount, ended)`
  yield* sql`INSERT INTO imports (tenant_id, id, kind, status, file_name, file_bytes, file_hash, object_key, autocommit)
    VALUES (${acme}, gen_random_uuid(), 'orders', 'committing', 'a', 1, '', 'a', true),
      (${acme}, gen_random_uuid(), 'orders', 'completed', 'a', 1, '', 'a', true)`
  yield* sql`INSERT INTO webhook_endpoints (tenant_id, id, url, types, secret)
    VALUES (${acme}, ${customer}, 'http://a.test', '{}', '')`
  yield* sql`INSERT INTO webhook_deliveries (tenant_id, id, endpoint_id, partition, message_id, type, body, status, created_at)
    SELECT ${acme}, gen_random_uuid(), ${customer}, 0, n::text, 'a', '', status, now() - age
    FROM (VALUES (1, 'delivered', interval '1 hour'), (2, 'dead', interval '1 hour'),
      (3, 'delivered', interval '2 days'), (4, 'delivered', interval '0')) AS d(n, status, age)`
  yield* sql`INSERT INTO event_heads (tenant_id, partition, seq) VALUES (${acme}, 0, 77)`
})

const services = Layer.unwrapEffect(
  Effect.gen(function* () {
    const { superuserUrl, url } = yield* TestDatabase
    yield* Migrate.run({
      owner: Redacted.make(url("tessera_owner")),
      infra: Redacted.make(url("tessera_infra"))
    })
    yield* Effect.provide(
      fill,
      Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 })
    )
    return DashboardRepo.layer.pipe(
      Layer.provide(Database.layer),
      Layer.provide(TestDatabase.as("tessera_app"))
    )
  })
).pipe(Layer.provide(TestDatabase.layer), Layer.orDie)

layer(services, { timeout: "60 seconds", excludeTestServices: true })("DashboardRepo", (it) => {
  it.effect("gives the tenant's numbers of the moment", () =>
    Effect.gen(function* () {
      const { now } = yield* DashboardRepo

      const numbers = yield* now

      expect(Object.fromEntries(numbers.ordersByStatus.map(({ status, count }) => [status, count]))).toEqual({
        placed: 1,
        reserved: 0,
        authorised: 0,
        captured: 0,
        booked: 1,
        fulfilled: 2,
        cancelling: 0,
        cancelled: 1
      })
      expect(numbers).toMatchObject({
        revenueTodayMinor: 300,
        ordersToday: 3,
        currency: "EUR",
        sagasInFlight: 2,
        importsRunning: 1,
        webhooks: { delivered: 2, pending: 0, failed: 1 },
        seq: 77
      })
    }).pipe(as(acme))
  )

  it.effect("has thirty days, the last of which is today in UTC", () =>
    Effect.gen(function* () {
      const { now } = yield* DashboardRepo
      const today = DateTime.formatIsoDateUtc(yield* DateTime.now)

      const { daily } = yield* now

      expect(daily).toHaveLength(30)
      expect(daily.at(-1)).toEqual({ day: today, revenueMinor: 1000, orders: 3 })
      expect(daily.at(-4)).toMatchObject({ revenueMinor: 4500, orders: 1 })
      expect(daily.reduce((sum, { orders }) => sum + orders, 0)).toBe(4)
    }).pipe(as(acme))
  )

  it.effect("shows another tenant its own emptiness", () =>
    Effect.gen(function* () {
      const { now } = yield* DashboardRepo

      const numbers = yield* now

      expect(numbers).toMatchObject({ revenueTodayMinor: 0, ordersToday: 0, currency: "USD", seq: 0 })
      expect(numbers.ordersByStatus.every(({ count }) => count === 0)).toBe(true)
      expect(numbers.daily.every(({ orders, revenueMinor }) => orders + revenueMinor === 0)).toBe(true)
    }).pipe(as(globex))
  )
})
