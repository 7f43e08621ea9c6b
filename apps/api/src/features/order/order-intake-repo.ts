import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Parcels } from "@tessera/shared/shipment/parcels"
import { Context, Effect, Layer, Schema } from "effect"

const _Placed = Schema.Struct({
  id: Order.Id,
  number: Schema.String,
  totalMinor: Schema.Number,
  currency: Schema.String
})

declare namespace OrderIntakeRepo {
  type Line = {
    readonly sku: string
    readonly name: string
    readonly quantity: number
    readonly unitPriceMinor: number
  }
  type Draft = {
    readonly number: string
    readonly customerReference: string | null
    readonly country: string | null
    readonly lines: ReadonlyArray<OrderIntakeRepo.Line>
  }
  type Placed = typeof _Placed.Type
  type Shape = {
    /** Puts SKUs that the catalogue lacks into it, with 10,000 on hand each. */
    readonly completeCatalogue: (
      drafts: ReadonlyArray<OrderIntakeRepo.Draft>
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly completeCustomers: (
      drafts: ReadonlyArray<OrderIntakeRepo.Draft>
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** Orders whose number is new, with their lines; a number that exists is left alone. */
    readonly insert: (
      drafts: ReadonlyArray<OrderIntakeRepo.Draft>,
      importId: string
    ) => Effect.Effect<ReadonlyArray<OrderIntakeRepo.Placed>, never, Tenancy.Current>
  }
}

/** What a file brings when it is silent: a guest, a card that works, an address that the carrier knows. */
const _silent = { reference: "guest", paymentToken: "tok_ok", postcode: "12345" } as const

/** Many orders in a few statements; SQL's side of `OrderIntake`, in the caller's transaction. */
class OrderIntakeRepo extends Context.Tag("api/order/OrderIntakeRepo")<
  OrderIntakeRepo,
  OrderIntakeRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderIntakeRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const completeCatalogue: OrderIntakeRepo.Shape["completeCatalogue"] = (drafts) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const lines = JSON.stringify(drafts.flatMap((draft) => draft.lines))
          yield* sql`
            WITH wanted AS (
              SELECT DISTINCT ON (sku) sku, name, "unitPriceMinor" AS price_minor
              FROM jsonb_to_recordset(${lines}::jsonb) AS l(sku text, name text, "unitPriceMinor" bigint)
              ORDER BY sku
            ), created AS (
              INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
              SELECT ${tenantId}, uuidv7(), w.sku, w.name, w.price_minor, t.currency, 10000, 10000
              FROM wanted w JOIN tenants t ON t.id = ${tenantId}
              ON CONFLICT (tenant_id, sku) DO NOTHING RETURNING tenant_id, id, initial
            )
            INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
            SELECT tenant_id, id, 'product:' || id, 'initial', initial FROM created`
        }).pipe(Effect.orDie)

      const completeCustomers: OrderIntakeRepo.Shape["completeCustomers"] = (drafts) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const people = JSON.stringify(drafts.map(_person))
          yield* sql`
            INSERT INTO customers (tenant_id, id, reference, name, country)
            SELECT DISTINCT ON (reference) ${tenantId}::uuid, uuidv7(), reference, name, country
            FROM jsonb_to_recordset(${people}::jsonb) AS p(reference text, name text, country text)
            ORDER BY reference
            ON CONFLICT (tenant_id, reference) DO NOTHING`
        }).pipe(Effect.orDie)

      const write = SqlSchema.findAll({
        Request: Schema.Struct({
          tenantId: Tenancy.Id,
          importId: Schema.String,
          drafts: Schema.String
        }),
        Result: _Placed,
        execute: ({ tenantId, importId, drafts }) => sql`
          WITH drafts AS MATERIALIZED (
            SELECT uuidv7() AS id, d.number,
              coalesce(d."customerReference", ${_silent.reference}) AS reference,
              d.lines,
              (SELECT sum((l ->> 'quantity')::bigint * (l ->> 'unitPriceMinor')::bigint)
               FROM jsonb_array_elements(d.lines) l) AS total_minor,
              (SELECT sum((l ->> 'quantity')::bigint) FROM jsonb_array_elements(d.lines) l) AS units
            FROM jsonb_to_recordset(${drafts}::jsonb)
              AS d(number text, "customerReference" text, lines jsonb)
          ), placed AS (
            INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
              payment_token, postcode, idempotency_key, request_hash, parcel_units)
            SELECT ${tenantId}, d.id, d.number, c.id, 'placed', d.total_minor, t.currency,
              ${_silent.paymentToken}, ${_silent.postcode},
              'import:' || ${importId}::text || ':' || d.number, '',
              -- Nobody can be refused here: an order of too many parcels gets larger ones.
              CASE WHEN d.units > s.parcel_units
                THEN greatest(s.parcel_units, ceil(d.units::numeric / ${Parcels.most}))::int END
            FROM drafts d
            JOIN customers c ON c.tenant_id = ${tenantId} AND c.reference = d.reference
            JOIN tenants t ON t.id = ${tenantId}
            LEFT JOIN order_settings s ON s.tenant_id = ${tenantId}
            ON CONFLICT DO NOTHING
            RETURNING tenant_id, id, number, total_minor, currency
          ), lines AS (
            INSERT INTO order_lines
              (tenant_id, order_id, line, product_id, sku, name, quantity, unit_price_minor)
            SELECT placed.tenant_id, placed.id, l.line, p.id, p.sku, l.value ->> 'name',
              (l.value ->> 'quantity')::int, (l.value ->> 'unitPriceMinor')::bigint
            FROM placed JOIN drafts USING (id),
              jsonb_array_elements(drafts.lines) WITH ORDINALITY AS l(value, line)
            JOIN products p ON p.tenant_id = ${tenantId} AND p.sku = l.value ->> 'sku'
            RETURNING 1
          )
          SELECT id, number, total_minor, currency FROM placed ORDER BY number`
      })

      const insert: OrderIntakeRepo.Shape["insert"] = (drafts, importId) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
          Effect.orDie(write({ tenantId, importId, drafts: JSON.stringify(drafts) }))
        )

      return OrderIntakeRepo.of({ completeCatalogue, completeCustomers, insert })
    })
  )
}

const _person = ({ customerReference, country }: OrderIntakeRepo.Draft) =>
  customerReference === null
    ? { reference: _silent.reference, name: "Guest", country: null }
    : { reference: customerReference, name: `Customer ${customerReference}`, country }

export { OrderIntakeRepo }
