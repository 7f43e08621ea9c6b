import { SqlClient } from "@effect/sql"
import { expect, layer } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Money } from "@tessera/shared/money"
import { Product } from "@tessera/shared/product/product"
import { Array as Arr, Context, Effect, Layer, Redacted, Ref, Stream } from "effect"
import { Migrate } from "../../migrate/migrate.ts"
import { ProductRepo } from "./product-repo.ts"
import { Products } from "./products.ts"

const [acme, globex] = [
  "01890000-0000-7000-8000-00000000000a",
  "01890000-0000-7000-8000-00000000000b"
] as const
const importId = "01890000-0000-7000-8000-0000000000ff"
const as = (tenant: string, role = "owner") =>
  Effect.provideService(
    Tenancy.Current,
    Tenancy.Actor.make({ tenantId: Tenancy.Id.make(tenant), actorId: "u", role, requestId: "r" })
  )

class Emitted extends Context.Tag("test/Emitted")<Emitted, Ref.Ref<ReadonlyArray<string>>>() {}

const bus = Layer.effect(
  EventBus,
  Effect.map(Emitted, (emitted) =>
    EventBus.of({
      emit: EventBus.emitting((emissions) =>
        Effect.as(
          Ref.update(emitted, (all) => [...all, ...emissions.map(({ type }) => type)]),
          emissions.map(() => ({ id: "", status: "emitted" as const }))
        )
      ),
      on: () => Effect.void,
      log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
      newest: Effect.succeed([]),
      watch: () => Stream.never
    })
  )
)

const services = Layer.unwrapEffect(
  Effect.gen(function* () {
    const { superuserUrl, url } = yield* TestDatabase
    yield* Migrate.run({
      owner: Redacted.make(url("tessera_owner")),
      infra: Redacted.make(url("tessera_infra"))
    })
    const superuser = Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 })
    const tenants = Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql`INSERT INTO app.tenants (id, slug, name, currency)
        VALUES (${acme}, 'acme', 'Acme', 'EUR'), (${globex}, 'globex', 'Globex', 'USD')`
    )
    yield* Effect.provide(tenants, superuser)
    return Products.layer.pipe(
      Layer.provideMerge(ProductRepo.layer),
      Layer.provide(bus),
      Layer.provideMerge(Database.layer),
      Layer.provideMerge(TestDatabase.as("tessera_app"))
    )
  })
).pipe(
  Layer.provide(TestDatabase.layer),
  Layer.provideMerge(Layer.effect(Emitted, Ref.make<ReadonlyArray<string>>([]))),
  Layer.orDie
)

const product = (sku: string, initial = 10) =>
  Product.Create.make({
    sku: Product.Sku.make(sku),
    name: `Product ${sku}`,
    priceMinor: Money.AmountMinor.make(1999),
    initial
  })
const row = (line: number, sku: string, name: string, initial: number | null = null) => ({
  row: line,
  sku: Product.Sku.make(sku),
  name,
  priceMinor: 500,
  initial
})
const ledger = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    return yield* database.transaction(
      sql`SELECT kind, quantity FROM stock_ledger WHERE product_id = ${id} ORDER BY at, kind`.pipe(
        Effect.orDie
      )
    )
  })

layer(services, { timeout: "60 seconds" })("Products", (it) => {
  it.effect("creates a product in the tenant's currency, with its ledger row and its event", () =>
    Effect.gen(function* () {
      const products = yield* Products
      const emitted = yield* Emitted
      yield* Ref.set(emitted, [])

      const created = yield* products.create(product("NEW-1"))

      expect(created).toMatchObject({ sku: "NEW-1", currency: "EUR", priceMinor: 1999 })
      expect(created.stock).toEqual({ available: 10, reserved: 0, sold: 0 })
      expect(yield* products.byId(created.id)).toEqual(created)
      expect(yield* ledger(created.id)).toEqual([{ kind: "initial", quantity: 10 }])
      expect(yield* Ref.get(emitted)).toEqual(["product.created"])
    }).pipe(as(acme))
  )

  it.effect("refuses a SKU that the tenant has, and says nothing about the other tenant's", () =>
    Effect.gen(function* () {
      const products = yield* Products
      yield* products.create(product("TAKEN")).pipe(as(acme))
      const emitted = yield* Emitted
      yield* Ref.set(emitted, [])

      const refusal = yield* products.create(product("TAKEN")).pipe(as(acme), Effect.flip)
      const other = yield* products.create(product("TAKEN")).pipe(as(globex))

      expect(refusal._tag).toBe("Product.SkuTaken")
      expect(other.currency).toBe("USD")
      expect(yield* Ref.get(emitted)).toEqual(["product.created"])
    })
  )

  it.effect("restocks as often as it is asked, also at the same moment", () =>
    Effect.gen(function* () {
      const products = yield* Products
      const { id } = yield* products.create(product("MORE", 0))

      yield* Effect.all(Arr.replicate(products.restock(id, 5), 8), { concurrency: "unbounded" })

      expect((yield* products.byId(id)).stock.available).toBe(40)
      expect(yield* ledger(id)).toEqual(Arr.replicate({ kind: "restock", quantity: 5 }, 8))
    }).pipe(as(acme))
  )

  it.effect("shows and gives another tenant nothing", () =>
    Effect.gen(function* () {
      const products = yield* Products
      const { id } = yield* products.create(product("MINE", 3)).pipe(as(acme))

      const seen = yield* products.byId(id).pipe(as(globex), Effect.flip)
      const restocked = yield* products.restock(id, 1).pipe(as(globex), Effect.flip)
      const listed = yield* products.list({ search: "MINE" }).pipe(as(globex))

      expect([seen._tag, restocked._tag, listed.items]).toEqual(["Product.NotFound", "Product.NotFound", []])
      expect((yield* products.byId(id).pipe(as(acme))).stock.available).toBe(3)
    })
  )

  it.effect("lets nobody write who may only read", () =>
    Effect.gen(function* () {
      const products = yield* Products

      const created = yield* Effect.flip(products.create(product("NO")))
      const restocked = yield* Effect.flip(products.restock(Product.Id.make(importId), 1))

      expect([created._tag, restocked._tag]).toEqual(["Access.Denied", "Access.Denied"])
    }).pipe(as(acme, "viewer"))
  )

  it.effect(
    "walks through all pages by SKU, once each, and searches SKUs by their beginning and names by any part",
    () =>
      Effect.gen(function* () {
        const products = yield* Products
        yield* Effect.forEach(["P-1", "P-2", "P-3", "P-4", "P-5"], (sku) => products.create(product(sku)))

        const first = yield* products.list({ search: "p-", limit: 2 })
        const second = yield* products.list({ search: "p-", limit: 2, after: first.items.at(-1)?.sku })
        const third = yield* products.list({ search: "p-", limit: 2, after: second.items.at(-1)?.sku })
        const wild = yield* products.list({ search: "%" })
        const named = yield* products.list({ search: "oduct P-4" })

        expect([first, second, third].flatMap(({ items }) => items.map(({ sku }) => sku))).toEqual([
          "P-1",
          "P-2",
          "P-3",
          "P-4",
          "P-5"
        ])
        expect(first.nextCursor).toBe(Buffer.from("P-2").toString("base64url"))
        expect(third.nextCursor).toBeNull()
        expect(wild.items).toEqual([])
        expect(named.items.map(({ sku }) => sku)).toEqual(["P-4"])
        expect((yield* products.list({ search: "a\0b" })).items).toEqual([])
      }).pipe(as(acme))
  )

  it.effect(
    "imports a batch: the last row of a SKU wins, a known product keeps its stock, a repetition adds nothing",
    () =>
      Effect.gen(function* () {
        const products = yield* Products
        const known = yield* products.create(product("KNOWN", 7))
        const rows = [
          row(2, "KNOWN", "Renamed", 900),
          row(3, "FRESH", "First", 1),
          row(4, "FRESH", "Last", 4),
          row(5, "EMPTY", "No stock")
        ]

        const once = yield* products.importBatch(rows, importId)
        const twice = yield* products.importBatch(rows, importId)

        const fresh = (yield* products.list({ search: "FRESH" })).items[0]
        expect([once, twice]).toEqual([
          { created: 2, updated: 2 },
          { created: 0, updated: 4 }
        ])
        expect(yield* products.byId(known.id)).toMatchObject({
          name: "Renamed",
          priceMinor: 500,
          stock: { available: 7 }
        })
        expect(fresh).toMatchObject({ name: "Last", stock: { available: 4 } })
        expect(yield* ledger(fresh?.id ?? importId)).toEqual([{ kind: "initial", quantity: 4 }])
        expect(yield* ledger(known.id)).toEqual([{ kind: "initial", quantity: 7 }])
      }).pipe(as(acme))
  )
})
