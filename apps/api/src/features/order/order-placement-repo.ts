import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, type Option, Schema } from "effect"

class _Keyed extends Schema.Class<_Keyed>("OrderPlacementRepo.Keyed")({
  id: Order.Id,
  requestHash: Schema.String
}) {}

const _Priced = Schema.Struct({
  productId: Schema.String,
  sku: Schema.String,
  name: Schema.String,
  unitPriceMinor: Schema.Number,
  currency: Schema.String,
  /** What the tenant puts into one parcel; null: as much as there is. */
  parcelUnits: Schema.NullOr(Schema.Number)
})

declare namespace OrderPlacementRepo {
  type Keyed = _Keyed
  type Priced = typeof _Priced.Type
  type Line = Omit<OrderPlacementRepo.Priced, "currency" | "parcelUnits"> & { readonly quantity: number }
  type Draft = {
    readonly id: Order.Id
    readonly number: string
    readonly customerId: string
    readonly totalMinor: number
    readonly currency: string
    readonly paymentToken: string
    readonly postcode: string
    /** Null where all of the order goes into one parcel. */
    readonly parcelUnits: number | null
    readonly idempotencyKey: string
    readonly requestHash: string
    readonly lines: ReadonlyArray<OrderPlacementRepo.Line>
  }
  type Shape = {
    readonly byKey: (
      key: string
    ) => Effect.Effect<Option.Option<OrderPlacementRepo.Keyed>, never, Tenancy.Current>
    /** Name and price of the moment of those SKUs that the catalogue has. */
    readonly priced: (
      skus: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<OrderPlacementRepo.Priced>, never, Tenancy.Current>
    /** Locks the tenant's counter: last in a short transaction, since all orders wait for it. */
    readonly nextNumber: Effect.Effect<string, never, Tenancy.Current>
    readonly customerFor: (reference: string) => Effect.Effect<string, never, Tenancy.Current>
    /** False when the idempotency key or the number is taken by now; then nothing was written. */
    readonly insert: (draft: OrderPlacementRepo.Draft) => Effect.Effect<boolean, never, Tenancy.Current>
  }
}

/** What placing one order reads and writes; in the caller's transaction. */
class OrderPlacementRepo extends Context.Tag("api/order/OrderPlacementRepo")<
  OrderPlacementRepo,
  OrderPlacementRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderPlacementRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const selectKey = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, key: Schema.String }),
        Result: _Keyed,
        execute: ({ tenantId, key }) => sql`
          SELECT id, request_hash FROM orders WHERE tenant_id = ${tenantId} AND idempotency_key = ${key}`
      })

      const selectPriced = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Tenancy.Id, skus: Schema.Array(Schema.String) }),
        Result: _Priced,
        execute: ({ tenantId, skus }) => sql`
          SELECT id AS product_id, sku, name, price_minor AS unit_price_minor, currency,
            (SELECT parcel_units FROM order_settings WHERE tenant_id = ${tenantId}) AS parcel_units
          FROM products WHERE tenant_id = ${tenantId} AND ${sql.in("sku", skus)}`
      })

      /** Files bring numbers of their own: the counter steps over those that are taken. */
      const freeFrom = (tenantId: Tenancy.Id, first: Statement.Fragment) => sql`(
        WITH RECURSIVE tried (number) AS (
          SELECT ${first}
          UNION ALL
          -- One look at the index for each: as a join it would read all orders of the tenant.
          SELECT tried.number + 1 FROM tried WHERE (
            SELECT true FROM orders o
            WHERE o.tenant_id = ${tenantId} AND o.number = tried.number::text LIMIT 1)
        ) SELECT max(number) FROM tried)`

      // An update alone would count on from the row as it was before it waited for it; on conflict does not.
      const nextNumber = Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        const [row] = yield* sql<{ readonly last: number }>`
          INSERT INTO order_numbers AS n (tenant_id, last)
          SELECT ${tenantId}, CASE
            WHEN EXISTS (SELECT 1 FROM order_numbers WHERE tenant_id = ${tenantId}) THEN 0
            ELSE ${freeFrom(tenantId, sql`1001::bigint`)} END
          ON CONFLICT (tenant_id) DO UPDATE SET last = ${freeFrom(tenantId, sql`n.last + 1`)}
          RETURNING last`
        return String(row?.last)
      }).pipe(Effect.orDie)

      const selectCustomer = (tenantId: Tenancy.Id, reference: string) =>
        sql<{ readonly id: string }>`
          SELECT id FROM customers WHERE tenant_id = ${tenantId} AND reference = ${reference}`

      // A guest's row is everybody's: it is read, and never locked.
      const customerFor = Effect.fn("OrderPlacementRepo.customerFor")(function* (reference: string) {
        const { tenantId } = yield* Tenancy.Current
        const create = sql`
          INSERT INTO customers (tenant_id, id, reference, name)
          VALUES (${tenantId}, uuidv7(), ${reference}, ${reference === "guest" ? "Guest" : reference})
          ON CONFLICT (tenant_id, reference) DO NOTHING`
        const known = yield* selectCustomer(tenantId, reference)
        const [row] = yield* known.length > 0
          ? Effect.succeed(known)
          : Effect.zipRight(create, selectCustomer(tenantId, reference))
        return row?.id ?? ""
      }, Effect.orDie)

      const insert = Effect.fn("OrderPlacementRepo.insert")(function* (draft: OrderPlacementRepo.Draft) {
        const { tenantId } = yield* Tenancy.Current
        const { lines, ...order } = draft
        const columns = { ...order, tenantId, status: "placed" }
        const names = Object.keys(columns).map((name) => sql`${sql(name)}`)
        const values = Object.values(columns).map((value) => sql`${value}`)
        const rows = yield* sql`
          WITH placed AS (
            INSERT INTO orders (${sql.csv(names)}, needs_approval)
            SELECT ${sql.csv(values)}, coalesce(
              ${order.totalMinor} > (SELECT approval_threshold_minor FROM order_settings
                WHERE tenant_id = ${tenantId}), false)
            ON CONFLICT DO NOTHING RETURNING tenant_id, id
          )
          INSERT INTO order_lines
            (tenant_id, order_id, line, product_id, sku, name, quantity, unit_price_minor)
          SELECT placed.tenant_id, placed.id, d.line, d."productId", d.sku, d.name, d.quantity,
            d."unitPriceMinor"
          FROM placed, ROWS FROM (jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
            AS ("productId" uuid, sku text, name text, quantity int, "unitPriceMinor" bigint))
            WITH ORDINALITY AS d("productId", sku, name, quantity, "unitPriceMinor", line)
          RETURNING line`
        return rows.length > 0
      }, Effect.orDie)

      return OrderPlacementRepo.of({
        nextNumber,
        customerFor,
        insert,
        byKey: (key) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(selectKey({ tenantId, key }))),
        priced: (skus) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(selectPriced({ tenantId, skus })))
      })
    })
  )
}

export { OrderPlacementRepo }
