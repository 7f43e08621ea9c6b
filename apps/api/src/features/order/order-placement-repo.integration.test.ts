import { randomUUID } from "node:crypto"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Order } from "@tessera/shared/order/order"
import { Effect, Layer } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { OrderPlacementRepo } from "./order-placement-repo.ts"

const tenantId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a")

const live = OrderPlacementRepo.layer.pipe(
  Layer.provideMerge(Database.layer),
  Layer.provideMerge(TestDatabase.as("tessera_app")),
  Layer.provideMerge(MigratedDatabase.layer),
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

const draft = (number: string, customerId: string): OrderPlacementRepo.Draft => ({
  id: Order.Id.make(randomUUID()),
  number,
  customerId,
  totalMinor: 0,
  currency: "EUR",
  paymentToken: "tok_ok",
  postcode: "12345",
  parcelUnits: null,
  idempotencyKey: randomUUID(),
  requestHash: "",
  lines: []
})

layer(live, { timeout: "60 seconds", excludeTestServices: true })("OrderPlacementRepo", (it) => {
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
      const together = yield* Effect.all(
        Array.from({ length: 20 }, () => database.transaction(repo.nextNumber)),
        {
          concurrency: "unbounded"
        }
      )

      assert.deepStrictEqual([first, second], ["1003", "1005"])
      assert.deepStrictEqual(
        together.map(Number).toSorted((one, other) => one - other),
        Array.from({ length: 20 }, (_, index) => 1006 + index)
      )
    }).pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))
  )

  it.effect("makes one row of a customer whom many orders name for the first time at once", () =>
    Effect.gen(function* () {
      const database = yield* Database
      const repo = yield* OrderPlacementRepo

      const ids = yield* Effect.all(
        Array.from({ length: 5 }, () => database.transaction(repo.customerFor("new"))),
        { concurrency: "unbounded" }
      )

      assert.strictEqual(new Set(ids).size, 1)
      assert.notInclude(ids, "")
    }).pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))
  )

  it.effect("writes nothing under a number that a file has taken meanwhile", () =>
    Effect.gen(function* () {
      const database = yield* Database
      const repo = yield* OrderPlacementRepo
      const customerId = yield* database.transaction(repo.customerFor("guest"))

      const written = yield* database.transaction(repo.insert(draft("1001", customerId)))

      assert.isFalse(written)
    }).pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))
  )
})
