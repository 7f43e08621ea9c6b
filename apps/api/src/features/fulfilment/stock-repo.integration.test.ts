import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Order } from "@tessera/shared/order/order"
import { Effect, Layer } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { StockRepo } from "./stock-repo.ts"

const tenantId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a")
const otherId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000b")

const live = StockRepo.layer.pipe(
  Layer.provideMerge(Database.layer),
  Layer.provideMerge(TestDatabase.as("tessera_app")),
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer)
)

const inTransaction = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Database, (database) => database.transaction(effect))

const asTenant = (id: Tenancy.Id) => Effect.provideService(Tenancy.Current, Tenancy.system(id, "test"))

const tenant = (id: Tenancy.Id, slug: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${slug}, ${slug}, 'EUR')
      ON CONFLICT DO NOTHING`
    yield* sql`INSERT INTO customers (tenant_id, id, reference, name)
      VALUES (${id}, ${id}, 'guest', 'Guest') ON CONFLICT DO NOTHING`
  }).pipe(inTransaction, asTenant(id))

const product = (units: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const id = yield* Identifier.uuid
    yield* sql`INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
      VALUES (${tenantId}, ${id}, ${id}, 'Lamp', 100, 'EUR', ${units}, ${units})`
    return id
  }).pipe(inTransaction)

/** One unit of each product, with the lines in the given order. */
const order = (products: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const id = yield* Identifier.uuid
    yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
        payment_token, postcode, idempotency_key, request_hash)
      VALUES (${tenantId}, ${id}, ${id}, ${tenantId}, 'placed', 0, 'EUR', 'tok_ok', '12345', ${id}, '')`
    yield* Effect.forEach(
      products,
      (productId, line) => sql`INSERT INTO order_lines (tenant_id, order_id, line, product_id, sku, name,
          quantity, unit_price_minor)
        VALUES (${tenantId}, ${id}, ${line}, ${productId}, ${productId}, 'Lamp', 1, 100)`
    )
    return { id: Order.Id.make(id), run: 1 }
  }).pipe(inTransaction)

/** As the saga does it: too little of any product rolls the whole reservation back. */
const reserve = (move: StockRepo.Move) =>
  Effect.flatMap(StockRepo, (stock) => stock.reserve(move)).pipe(
    Effect.filterOrFail(
      (enough) => enough,
      () => "out of stock" as const
    ),
    inTransaction,
    Effect.isSuccess
  )

const stockOf = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<{
      readonly available: number
      readonly reserved: number
      readonly sold: number
    }>`
      SELECT available::int, reserved::int, sold::int FROM products WHERE id = ${id}`
    return [row?.available, row?.reserved, row?.sold]
  }).pipe(inTransaction)

const together = { concurrency: "unbounded" } as const

layer(live, { timeout: "60 seconds", excludeTestServices: true })("StockRepo", (it) => {
  it.effect("gives the last unit to one of many who want it at once, in every round", () =>
    Effect.gen(function* () {
      yield* tenant(tenantId, "one")
      const round = Effect.gen(function* () {
        const last = yield* product(1)
        const orders = yield* Effect.replicateEffect(order([last]), 12)
        const got = yield* Effect.forEach(orders, reserve, together)
        return [got.filter(Boolean).length, yield* stockOf(last)] as const
      })

      const rounds = yield* Effect.replicateEffect(round, 20)

      assert.deepStrictEqual(new Set(rounds.map((one) => JSON.stringify(one))), new Set(["[1,[0,1,0]]"]))
    }).pipe(asTenant(tenantId))
  )

  it.effect("gives all products of an order or none, whatever their order, without a deadlock", () =>
    Effect.gen(function* () {
      yield* tenant(tenantId, "one")
      const [plenty, scarce] = [yield* product(100), yield* product(7)]
      const orders = yield* Effect.forEach(Array.from({ length: 30 }), (_, index) =>
        order(index % 2 === 0 ? [plenty, scarce] : [scarce, plenty])
      )

      const got = yield* Effect.forEach(orders, reserve, together)

      assert.strictEqual(got.filter(Boolean).length, 7)
      assert.deepStrictEqual(yield* stockOf(plenty), [93, 7, 0])
      assert.deepStrictEqual(yield* stockOf(scarce), [0, 7, 0])
    }).pipe(asTenant(tenantId))
  )

  it.effect("moves stock once however often a step is repeated, also at the same time", () =>
    Effect.gen(function* () {
      yield* tenant(tenantId, "one")
      const stock = yield* StockRepo
      const id = yield* product(5)
      const [sold, released] = [yield* order([id]), yield* order([id])]

      yield* Effect.forEach([sold, sold, released, released, sold], reserve, together)
      yield* Effect.forEach([sold, sold, sold], (move) => inTransaction(stock.sell(move)), together)
      yield* Effect.forEach([released, released], (move) => inTransaction(stock.release(move)), together)

      assert.deepStrictEqual(yield* stockOf(id), [4, 0, 1])
    }).pipe(asTenant(tenantId))
  )

  it.effect("leaves another tenant's stock alone", () =>
    Effect.gen(function* () {
      yield* tenant(tenantId, "one")
      yield* tenant(otherId, "two")
      const id = yield* asTenant(tenantId)(product(5))
      const move = yield* asTenant(tenantId)(order([id]))

      yield* asTenant(otherId)(reserve(move))

      assert.deepStrictEqual(yield* asTenant(tenantId)(stockOf(id)), [5, 0, 0])
    })
  )
})
