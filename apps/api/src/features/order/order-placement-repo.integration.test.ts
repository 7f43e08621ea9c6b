import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted } from "effect"
import { Migrate } from "../../migrate/migrate.ts"
import { OrderPlacementRepo } from "./order-placement-repo.ts"

const tenantId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a")

const migrated = Layer.effectDiscard(
  Effect.flatMap(TestDatabase, ({ url }) =>
    Migrate.run({
      owner: Redacted.make(url("tessera_owner")),
      infra: Redacted.make(url("tessera_infra"))
    })
  )
).pipe(Layer.orDie)

const live = OrderPlacementRepo.layer.pipe(
  Layer.provideMerge(Database.layer),
  Layer.provideMerge(TestDatabase.as("tessera_app")),
  Layer.provideMerge(migrated),
  Layer.provideMerge(TestDatabase.layer)
)

const numbered = (number: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const repo = yield* OrderPlacementRepo
    const customer = yield* repo.customerFor("guest")
    yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
        payment_token, postcode, idempotency_key, request_hash)
      VALUES (${tenantId}, uuidv7(), ${number}, ${customer}, 'placed', 0, 'EUR', 'tok_ok', '12345', ${number}, '')`
  })

layer(live, { timeout: "60 seconds", excludeTestServices: true })("OrderPlacementRepo.nextNumber", (it) => {
  it.effect("steps over the numbers that an imported file has taken", () =>
    Effect.gen(function* () {
      const database = yield* Database
      const sql = yield* SqlClient.SqlClient
      const repo = yield* OrderPlacementRepo
      yield* database.transaction(
        sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenantId}, 'one', 'One', 'EUR')`
      )
      yield* database.transaction(Effect.forEach(["1001", "1002", "1004"], numbered))

      const first = yield* database.transaction(repo.nextNumber)
      const second = yield* database.transaction(repo.nextNumber)

      assert.deepStrictEqual([first, second], ["1003", "1005"])
    }).pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))
  )
})
