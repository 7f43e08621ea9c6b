import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Postgres } from "@tessera/infra/storage/postgres"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted } from "effect"
import { MigratedDatabase } from "../testing/migrated-database.ts"
import { CreateRefunds } from "./create-refunds.ts"

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

/** As the version before left it: two payments, one of which went back while its order was undone. */
const before = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SET search_path = app`
  yield* sql`DROP TABLE refund_lines, refunds`
  yield* sql`DROP TRIGGER payments_refunded ON payments`
  yield* sql`DROP FUNCTION refunded_as_a_whole`
  yield* sql`ALTER TABLE payments DROP COLUMN refunded_minor`
  yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenant}, 'acme', 'Acme', 'EUR')`
  yield* sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${tenant}, ${tenant}, '1', 'Ada')`
  yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
      payment_token, postcode, idempotency_key, request_hash)
    SELECT ${tenant}, id::uuid, id, ${tenant}, 'placed', 700, 'EUR', 'tok_ok', '12345', id, ''
    FROM (VALUES (${order(1)}), (${order(2)})) AS o(id)`
  yield* sql`INSERT INTO payments (tenant_id, order_id, run, status, amount_minor, currency, captured_at)
    VALUES (${tenant}, ${order(1)}, 1, 'captured', 700, 'EUR', now()),
      (${tenant}, ${order(2)}, 1, 'refunded', 700, 'EUR', now())`
})

const refunded = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ readonly minor: number }>`SELECT refunded_minor AS minor FROM payments ORDER BY order_id`
).pipe(Effect.map((rows) => rows.map(({ minor }) => minor)))

layer(live, { timeout: "60 seconds", excludeTestServices: true })(
  "refunds come to a database in use",
  (it) => {
    it.effect("and know what went back before, and what a replica of the version before pays back", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* before

        yield* CreateRefunds.pipe(
          Effect.provide(TestDatabase.as("tessera_owner")),
          Effect.provideServiceEffect(TestDatabase, TestDatabase)
        )
        const after = yield* refunded
        yield* sql`UPDATE payments SET status = 'refunded', refunded_at = now() WHERE order_id = ${order(1)}`

        expect(after).toEqual([0, 700])
        expect(yield* refunded).toEqual([700, 700])
      })
    )
  }
)
