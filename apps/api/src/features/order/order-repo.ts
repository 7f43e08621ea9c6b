import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Option, Schema } from "effect"

class _Listed extends Order.Summary.extend<_Listed>("OrderRepo.Listed")({ cursor: Schema.String }) {}

declare namespace OrderRepo {
  type Query = {
    readonly status: Option.Option<Order.Filter>
    /** Of the present run. */
    readonly approval: Option.Option<Approval.Status>
    readonly search: Option.Option<string>
    /** `placed_at|id` of the last row of the page before. */
    readonly after: Option.Option<string>
    readonly limit: number
  }
  type Listed = _Listed
  type Shape = {
    readonly byId: (id: Order.Id) => Effect.Effect<Order.Model, Order.NotFound, Tenancy.Current>
    readonly list: (
      query: OrderRepo.Query
    ) => Effect.Effect<ReadonlyArray<OrderRepo.Listed>, never, Tenancy.Current>
    /** Notes the wish; false when the order has ended or is being undone already. */
    readonly requestCancel: (id: Order.Id) => Effect.Effect<boolean, never, Tenancy.Current>
  }
}

/** Rows of `orders` and `order_lines`; every method runs inside `Database.transaction`. */
class OrderRepo extends Context.Tag("api/order/OrderRepo")<OrderRepo, OrderRepo.Shape>() {
  static readonly layer = Layer.effect(
    OrderRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const summary = sql.unsafe(_summary)
      const orders = sql.unsafe(_orders)
      const parcels = sql.unsafe(_parcels)

      const selectById = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Order.Id }),
        Result: Order.Model,
        execute: ({ tenantId, id }) => sql`
          SELECT ${summary}, o.postcode, o.payment_token, o.run, o.version,
            a.due_at AS approval_due_at, a.decided_by AS approval_by,
            a.decided_at AS approval_at,
            (SELECT tracking_code FROM shipments s
             WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.run = o.run AND s.status = 'booked')
              AS tracking_code,
            ${parcels} AS parcels,
            (SELECT jsonb_agg(jsonb_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name,
               'quantity', l.quantity, 'unitPriceMinor', l.unit_price_minor) ORDER BY l.line)
             FROM order_lines l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS lines
          FROM ${orders}
          WHERE o.tenant_id = ${tenantId} AND o.id = ${id}`
      })

      const selectPage = SqlSchema.findAll({
        Request: Schema.Struct({
          tenantId: Tenancy.Id,
          status: Schema.NullOr(Order.Filter),
          approval: Schema.NullOr(Approval.Status),
          search: Schema.NullOr(Schema.String),
          after: Schema.NullOr(Schema.String),
          limit: Schema.Number
        }),
        Result: _Listed,
        execute: ({ tenantId, status, approval, search, after, limit }) => sql`
          SELECT ${summary}, o.placed_at::text || '|' || o.id AS cursor
          FROM ${orders}
          WHERE o.tenant_id = ${tenantId}
            AND (${status}::text IS NULL OR o.status = ${status}
              OR (${status} = 'open' AND o.status NOT IN ('fulfilled', 'cancelled')))
            AND ${approval === null ? sql`true` : sql`a.status = ${approval}`}
            AND (${search}::text IS NULL
              OR o.number ILIKE ${search} || '%' OR c.name ILIKE '%' || ${search} || '%')
            AND (${after}::text IS NULL OR (o.placed_at, o.id) <
              (split_part(${after}, '|', 1)::timestamptz, split_part(${after}, '|', 2)::uuid))
          ORDER BY o.placed_at DESC, o.id DESC LIMIT ${limit}`
      })

      const byId = Effect.fn("OrderRepo.byId")(function* (id: Order.Id) {
        const { tenantId } = yield* Tenancy.Current
        const found = yield* Effect.orDie(selectById({ tenantId, id }))
        return yield* Effect.mapError(found, () => new Order.NotFound({ id }))
      })

      const list = Effect.fn("OrderRepo.list")(function* (query: OrderRepo.Query) {
        const { tenantId } = yield* Tenancy.Current
        return yield* selectPage({
          tenantId,
          status: Option.getOrNull(query.status),
          approval: Option.getOrNull(query.approval),
          search: Option.getOrNull(query.search),
          after: Option.getOrNull(query.after),
          limit: query.limit
        }).pipe(Effect.orDie)
      })

      const requestCancel = Effect.fn("OrderRepo.requestCancel")(function* (id: Order.Id) {
        const { tenantId } = yield* Tenancy.Current
        const rows = yield* sql`
          UPDATE orders SET cancel_requested = true
          WHERE tenant_id = ${tenantId} AND id = ${id}
            AND status NOT IN ('fulfilled', 'cancelling', 'cancelled') RETURNING id`
        return rows.length > 0
      }, Effect.orDie)

      return OrderRepo.of({ byId, list, requestCancel })
    })
  )
}

const _summary = `o.id, o.number, o.status, jsonb_build_object('id', c.id, 'name', c.name) AS customer,
  o.total_minor, o.currency, o.placed_at, o.reason, a.status AS approval,
  coalesce((SELECT p.refunded_minor FROM payments p WHERE o.status = 'fulfilled'
    AND p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.run = o.run), 0) AS refunded_minor,
  (SELECT count(*)::int FROM order_lines l
   WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS line_count`

const _orders = `orders o
  JOIN customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
  LEFT JOIN approvals a ON a.tenant_id = o.tenant_id AND a.order_id = o.id AND a.run = o.run`

/** A parcel without lines was booked before they were kept: all of the order is in it. */
const _parcels = `(SELECT coalesce(jsonb_agg(jsonb_build_object('parcel', s.parcel, 'status', s.status,
    'trackingCode', s.tracking_code, 'lines', (
      SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', coalesce(i.quantity, l.quantity))
        ORDER BY l.line)
      FROM order_lines l LEFT JOIN shipment_lines i ON i.tenant_id = l.tenant_id AND i.order_id = l.order_id
        AND i.run = s.run AND i.parcel = s.parcel AND i.line = l.line
      WHERE l.tenant_id = s.tenant_id AND l.order_id = s.order_id AND (i.line IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM shipment_lines any_line WHERE any_line.tenant_id = s.tenant_id
          AND any_line.order_id = s.order_id AND any_line.run = s.run)))) ORDER BY s.parcel), '[]')
  FROM (SELECT tenant_id, order_id, run, 1 AS parcel, status, tracking_code FROM shipments
    UNION ALL SELECT tenant_id, order_id, run, parcel, status, tracking_code FROM further_shipments) s
  WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.run = o.run)`

export { OrderRepo }
