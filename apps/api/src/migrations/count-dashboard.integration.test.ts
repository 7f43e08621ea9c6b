import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Postgres } from "@tessera/infra/storage/postgres"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted } from "effect"
import { MigratedDatabase } from "../testing/migrated-database.ts"
import { CountDashboard } from "./count-dashboard.ts"

const tenant = "01890000-0000-7000-8000-00000000000a"
const order = (n: number) => `01890000-0000-7000-8000-00000000010${n}`

const superuser = Layer.unwrapEffect(
  Effect.map(TestDatabase, ({ superuserUrl }) =>
    Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 })
  )
)
const live = superuser.pipe(
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer),
  Layer.orDie
)

/**
 * As the version before left it: a fulfilled order that was paid back in part, one that was cancelled,
 * retried and cancelled again, one on its way after a retry, and one that is older than histories.
 */
const before = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SET search_path = app`
  yield* sql`DROP TRIGGER orders_ended ON orders`
  yield* sql`DROP FUNCTION order_ended`
  yield* sql`ALTER TABLE orders DROP COLUMN ended_at`
  yield* sql`DROP INDEX payments_returned, jobs_unfinished, jobs_ended_badly`
  yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenant}, 'acme', 'Acme', 'EUR')`
  yield* sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${tenant}, ${tenant}, '1', 'Ada')`
  yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
      payment_token, postcode, idempotency_key, request_hash)
    SELECT ${tenant}, id::uuid, id, ${tenant}, status, 0, 'EUR', 'tok_ok', '12345', id, ''
    FROM (VALUES (${order(1)}, 'fulfilled'), (${order(2)}, 'cancelled'), (${order(3)}, 'reserved'),
      (${order(4)}, 'fulfilled')) AS o(id, status)`
  yield* sql`INSERT INTO state_history (tenant_id, machine, key, version, event, from_state, to_state, replica,
      request_id, at)
    SELECT ${tenant}, 'order', key, version, event, "from", "to", '', '', at::timestamptz
    FROM (VALUES (${order(1)}, 2, 'confirm', 'booked', 'fulfilled', '2026-01-01'),
      (${order(1)}, 3, 'refund', 'fulfilled', 'fulfilled', '2026-01-09'),
      (${order(2)}, 2, 'undone', 'cancelling', 'cancelled', '2026-01-02'),
      (${order(2)}, 3, 'retry', 'cancelled', 'placed', '2026-01-03'),
      (${order(2)}, 4, 'undone', 'cancelling', 'cancelled', '2026-01-04'),
      (${order(3)}, 2, 'undone', 'cancelling', 'cancelled', '2026-01-05'))
      AS h(key, version, event, "from", "to", at)`
})

const ended = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ readonly ended: string | null }>`
    SELECT CASE WHEN ended_at > now() - interval '1 minute' THEN 'now'
      ELSE to_char(ended_at, 'YYYY-MM-DD') END AS ended FROM orders ORDER BY id`
).pipe(Effect.map((rows) => rows.map(({ ended: at }) => at)))

layer(live, { timeout: "60 seconds", excludeTestServices: true })(
  "the end of an order comes to a database in use",
  (it) => {
    it.effect(
      "from its history, and from then on whoever ends it, also a replica of the version before",
      () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* before

          yield* CountDashboard.pipe(
            Effect.provide(TestDatabase.as("tessera_owner")),
            Effect.provideServiceEffect(TestDatabase, TestDatabase)
          )
          const migrated = yield* ended
          yield* sql`UPDATE orders SET status = 'fulfilled' WHERE id IN (${order(1)}, ${order(3)})`
          yield* sql`UPDATE orders SET status = 'placed' WHERE id = ${order(2)}`

          expect(migrated).toEqual(["2026-01-01", "2026-01-04", null, null])
          expect(yield* ended).toEqual(["2026-01-01", null, "now", null])
          const policies = yield* sql<{ readonly forced: boolean }>`
          SELECT relforcerowsecurity AS forced FROM pg_class
          WHERE oid IN ('orders'::regclass, 'state_history'::regclass)`
          expect(policies.map(({ forced }) => forced)).toEqual([true, true])
        })
    )
  }
)
