import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Customer } from "@tessera/shared/customer/customer"
import { Effect, Layer, Redacted } from "effect"
import { Migrate } from "../../migrate/migrate.ts"
import { CustomerRepo } from "./customer-repo.ts"
import { Customers } from "./customers.ts"

const [acme, globex] = [
  "01890000-0000-7000-8000-00000000000a",
  "01890000-0000-7000-8000-00000000000b"
] as const
const ada = Customer.Id.make("01890000-0000-7000-8000-000000000001")
const as = (tenant: string) =>
  Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenant), "test"))

const fill = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO app.tenants (id, slug, name, currency)
    VALUES (${acme}, 'acme', 'Acme', 'EUR'), (${globex}, 'globex', 'Globex', 'USD')`
  yield* sql`INSERT INTO app.customers (tenant_id, id, reference, name, country)
    VALUES (${acme}, ${ada}, '100', 'Ada Lovelace', 'England')`
  yield* sql`INSERT INTO app.customers (tenant_id, id, reference, name)
    SELECT ${acme}, gen_random_uuid(), (100 + n)::text, 'Guest ' || n FROM generate_series(1, 4) n`
  yield* sql`INSERT INTO app.orders (tenant_id, id, number, customer_id, status, total_minor, currency,
      payment_token, postcode, idempotency_key, request_hash)
    SELECT ${acme}, gen_random_uuid(), n::text, ${ada}, 'placed', 0, 'EUR', 'tok_ok', '12345', n::text, ''
    FROM generate_series(1, 3) n`
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
    return Customers.layer.pipe(
      Layer.provide(CustomerRepo.layer),
      Layer.provide(Database.layer),
      Layer.provide(TestDatabase.as("tessera_app"))
    )
  })
).pipe(Layer.provide(TestDatabase.layer), Layer.orDie)

layer(services, { timeout: "60 seconds" })("Customers", (it) => {
  it.effect("counts the orders of a customer", () =>
    Effect.gen(function* () {
      const customers = yield* Customers

      const found = yield* customers.byId(ada)

      expect(found).toEqual({
        id: ada,
        reference: "100",
        name: "Ada Lovelace",
        country: "England",
        orderCount: 3
      })
    }).pipe(as(acme))
  )

  it.effect("shows another tenant nothing", () =>
    Effect.gen(function* () {
      const customers = yield* Customers

      const refusal = yield* Effect.flip(customers.byId(ada))
      const listed = yield* customers.list({})

      expect([refusal._tag, listed]).toEqual(["Customer.NotFound", { items: [], nextCursor: null }])
    }).pipe(as(globex))
  )

  it.effect(
    "walks through the pages by reference and searches references by beginning, names by any part",
    () =>
      Effect.gen(function* () {
        const customers = yield* Customers

        const first = yield* customers.list({ limit: 3 })
        const second = yield* customers.list({ limit: 3, after: first.items.at(-1)?.reference })
        const named = yield* customers.list({ search: "love" })
        const referenced = yield* customers.list({ search: "10" })

        expect([first, second].map(({ items }) => items.map(({ reference }) => reference))).toEqual([
          ["100", "101", "102"],
          ["103", "104"]
        ])
        expect([first.nextCursor, second.nextCursor]).toEqual([
          Buffer.from("102").toString("base64url"),
          null
        ])
        expect(named.items.map(({ name }) => name)).toEqual(["Ada Lovelace"])
        expect(referenced.items).toHaveLength(5)
      }).pipe(as(acme))
  )
})
