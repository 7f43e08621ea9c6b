import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Product } from "@tessera/shared/product/product"
import { Context, Effect, Layer, type Option, Schema } from "effect"

const _ImportRow = Schema.Struct({
  /** Line of the file; decides which of two rows with one SKU is the last. */
  row: Schema.Int,
  id: Product.Id,
  sku: Product.Sku,
  name: Schema.String,
  priceMinor: Schema.Int,
  initial: Schema.NullOr(Schema.Int)
})
const _Create = Schema.Struct({ ...Product.Create.fields, id: Product.Id, tenantId: Tenancy.Id })
const _List = Schema.Struct({
  tenantId: Tenancy.Id,
  /** A LIKE pattern each; `%` finds everything. */
  skuPattern: Schema.String,
  namePattern: Schema.String,
  after: Schema.String,
  limit: Schema.Int
})
const _Restock = Schema.Struct({
  tenantId: Tenancy.Id,
  id: Product.Id,
  quantity: Schema.Int,
  cause: Schema.String
})
const _Upsert = Schema.Struct({
  tenantId: Tenancy.Id,
  importId: Schema.String,
  rows: Schema.parseJson(Schema.Array(_ImportRow))
})

declare namespace ProductRepo {
  type ImportRow = typeof _ImportRow.Type
  type Create = Omit<typeof _Create.Type, "tenantId">
  type List = Omit<typeof _List.Type, "tenantId">
  type Restock = Omit<typeof _Restock.Type, "tenantId">
  type Upserted = { readonly created: number; readonly updated: number }
  type Shape = {
    /** By SKU, everything after `after`. */
    readonly list: (page: List) => Effect.Effect<ReadonlyArray<Product.Model>, never, Tenancy.Current>
    readonly byId: (id: Product.Id) => Effect.Effect<Option.Option<Product.Model>, never, Tenancy.Current>
    /** None when the SKU is taken; writes the ledger row of the initial stock in the same statement. */
    readonly create: (product: Create) => Effect.Effect<Option.Option<Product.Model>, never, Tenancy.Current>
    /** None when there is no such product; a repeated `cause` is a bug and dies on the ledger's key. */
    readonly restock: (
      restock: Restock
    ) => Effect.Effect<Option.Option<Product.Model>, never, Tenancy.Current>
    /**
     * At most 200 rows in one statement; of several rows with one SKU the last wins. A product that exists
     * gets name and price; its stock is left alone, because a file does not know what has been sold since
     * it was written.
     */
    readonly upsertBatch: (
      rows: ReadonlyArray<ImportRow>,
      importId: string
    ) => Effect.Effect<Upserted, never, Tenancy.Current>
  }
}

/**
 * Rows of `products` and their side of `stock_ledger`; every method runs in the caller's transaction or its
 * own.
 */
class ProductRepo extends Context.Tag("api/product/ProductRepo")<ProductRepo, ProductRepo.Shape>() {
  static readonly layer = Layer.effect(
    ProductRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database
      const model = sql`id, sku, name, price_minor, currency,
        jsonb_build_object('available', available, 'reserved', reserved, 'sold', sold) AS stock`

      const select = SqlSchema.findAll({
        Request: _List,
        Result: Product.Model,
        execute: ({ tenantId, skuPattern, namePattern, after, limit }) => sql`
          SELECT ${model} FROM products
          WHERE tenant_id = ${tenantId} AND sku > ${after}
            AND (sku LIKE ${skuPattern} OR name ILIKE ${namePattern})
          ORDER BY sku LIMIT ${limit}`
      })

      const selectById = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Product.Id }),
        Result: Product.Model,
        execute: ({ tenantId, id }) => sql`
          SELECT ${model} FROM products WHERE tenant_id = ${tenantId} AND id = ${id}`
      })

      const insert = SqlSchema.findOne({
        Request: _Create,
        Result: Product.Model,
        execute: ({ tenantId, id, sku, name, priceMinor, initial }) => sql`
          WITH created AS (
            INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
            SELECT t.id, ${id}::uuid, ${sku}, ${name}, ${priceMinor}::bigint, t.currency,
              ${initial}::bigint, ${initial}::bigint
            FROM tenants t WHERE t.id = ${tenantId}
            ON CONFLICT (tenant_id, sku) DO NOTHING
            RETURNING *
          ), booked AS (
            INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
            SELECT tenant_id, id, 'product:' || id, 'initial', initial FROM created WHERE initial > 0
          )
          SELECT ${model} FROM created`
      })

      const add = SqlSchema.findOne({
        Request: _Restock,
        Result: Product.Model,
        execute: ({ tenantId, id, quantity, cause }) => sql`
          WITH moved AS (
            UPDATE products
            SET restocked = restocked + ${quantity}::bigint, available = available + ${quantity}::bigint
            WHERE tenant_id = ${tenantId} AND id = ${id}
            RETURNING *
          ), booked AS (
            INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
            SELECT tenant_id, id, ${cause}, 'restock', ${quantity}::bigint FROM moved
          )
          SELECT ${model} FROM moved`
      })

      // In the order of the SKUs, so that two imports that share products wait for each other instead of
      // deadlocking.
      const upsert = SqlSchema.single({
        Request: _Upsert,
        Result: Schema.Struct({ created: Schema.Int }),
        execute: ({ tenantId, importId, rows }) => sql`
          WITH input AS (
            SELECT DISTINCT ON (sku) id, sku, name, "priceMinor" AS price, coalesce(initial, 0) AS initial
            FROM jsonb_to_recordset(${rows}::jsonb)
              AS r(row int, id uuid, sku text, name text, "priceMinor" bigint, initial bigint)
            ORDER BY sku, row DESC
          ), written AS (
            INSERT INTO products AS p (tenant_id, id, sku, name, price_minor, currency, initial, available)
            SELECT t.id, i.id, i.sku, i.name, i.price, t.currency, i.initial, i.initial
            FROM input i JOIN tenants t ON t.id = ${tenantId} ORDER BY i.sku
            ON CONFLICT (tenant_id, sku) DO UPDATE
              SET name = excluded.name, price_minor = excluded.price_minor
            RETURNING p.tenant_id, p.id, p.initial, p.xmax = 0 AS is_new
          ), booked AS (
            INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
            SELECT tenant_id, id, 'import:' || ${importId}, 'initial', initial
            FROM written WHERE is_new AND initial > 0
          )
          SELECT count(*) FILTER (WHERE is_new) AS created FROM written`
      })

      const inTenant = <A, E>(query: (tenantId: Tenancy.Id) => Effect.Effect<A, E>) =>
        Tenancy.Current.pipe(
          Effect.flatMap(({ tenantId }) => query(tenantId)),
          Effect.orDie,
          database.transaction
        )

      return ProductRepo.of({
        list: Effect.fn("ProductRepo.list")((page) => inTenant((tenantId) => select({ ...page, tenantId }))),
        byId: Effect.fn("ProductRepo.byId")((id) => inTenant((tenantId) => selectById({ tenantId, id }))),
        create: Effect.fn("ProductRepo.create")((product) =>
          inTenant((tenantId) => insert({ ...product, tenantId }))
        ),
        restock: Effect.fn("ProductRepo.restock")((restock) =>
          inTenant((tenantId) => add({ ...restock, tenantId }))
        ),
        upsertBatch: Effect.fn("ProductRepo.upsertBatch")(function* (rows, importId) {
          const { created } = yield* inTenant((tenantId) => upsert({ tenantId, importId, rows }))
          return { created, updated: rows.length - created }
        })
      })
    })
  )
}

export { ProductRepo }
