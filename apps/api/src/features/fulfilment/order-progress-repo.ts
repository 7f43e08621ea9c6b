import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

class _Facts extends Schema.Class<_Facts>("OrderProgressRepo.Facts")({
  id: Order.Id,
  number: Schema.String,
  status: Order.Status,
  totalMinor: Schema.Number,
  currency: Schema.String,
  paymentToken: Schema.String,
  postcode: Schema.String,
  version: Schema.Number,
  cancelRequested: Schema.Boolean,
  paymentId: Schema.NullOr(Schema.String),
  paymentStatus: Schema.NullOr(Schema.Literal("authorised", "captured", "voided", "refunded")),
  shipmentId: Schema.NullOr(Schema.String)
}) {}

declare namespace OrderProgressRepo {
  type Facts = _Facts
  type Move = {
    readonly id: Order.Id
    readonly from: Order.Status
    readonly to: Order.Status
    readonly reason: string | null
  }
  type Payment = { readonly id: Order.Id; readonly run: number; readonly providerId: string }
  type Shape = {
    /** What the saga needs to know of the order, its payment and its shipment of this run. */
    readonly facts: (
      id: Order.Id,
      run: number
    ) => Effect.Effect<OrderProgressRepo.Facts, never, Tenancy.Current>
    /**
     * Compare-and-set; false when the order is not in `from` (any more) or, going forward, shall be
     * cancelled.
     */
    readonly move: (move: OrderProgressRepo.Move) => Effect.Effect<boolean, never, Tenancy.Current>
    readonly authorised: (payment: OrderProgressRepo.Payment) => Effect.Effect<void, never, Tenancy.Current>
    readonly captured: (id: Order.Id, run: number) => Effect.Effect<void, never, Tenancy.Current>
    /** Notes what the provider has undone: a void of an authorisation, a refund of a capture. */
    readonly returned: (
      id: Order.Id,
      run: number,
      how: "voided" | "refunded"
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly booked: (
      shipment: OrderProgressRepo.Payment & { readonly trackingCode: string }
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly unbooked: (id: Order.Id, run: number) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/** How far an order, its payment and its shipment have come; written by the saga's steps only. */
class OrderProgressRepo extends Context.Tag("api/fulfilment/OrderProgressRepo")<
  OrderProgressRepo,
  OrderProgressRepo.Shape
>() {
  static readonly layer = Layer.effect(
    OrderProgressRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const select = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, id: Order.Id, run: Schema.Number }),
        Result: _Facts,
        execute: ({ tenantId, id, run }) => sql`
          SELECT o.id, o.number, o.status, o.total_minor, o.currency, o.payment_token, o.postcode, o.version,
            o.cancel_requested, p.provider_id AS payment_id, p.status AS payment_status,
            s.provider_id AS shipment_id
          FROM orders o
          LEFT JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.run = ${run}
          LEFT JOIN shipments s ON s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.run = ${run}
          WHERE o.tenant_id = ${tenantId} AND o.id = ${id}`
      })

      const facts: OrderProgressRepo.Shape["facts"] = (id, run) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(select({ tenantId, id, run })))

      const move: OrderProgressRepo.Shape["move"] = ({ id, from, to, reason }) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const rows = yield* sql`
            UPDATE orders SET status = ${to}, version = version + 1, updated_at = now(),
              reason = coalesce(${reason}::text, reason)
            WHERE tenant_id = ${tenantId} AND id = ${id} AND status = ${from}
              AND (NOT cancel_requested OR ${sql.in("status", ["cancelling"])} OR ${to} = 'cancelling')
            RETURNING id`
          return rows.length > 0
        }).pipe(Effect.orDie)

      const authorised: OrderProgressRepo.Shape["authorised"] = ({ id, run, providerId }) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            INSERT INTO payments (tenant_id, order_id, run, provider_id, status, amount_minor, currency)
            SELECT tenant_id, id, ${run}, ${providerId}, 'authorised', total_minor, currency
            FROM orders WHERE tenant_id = ${tenantId} AND id = ${id}
            ON CONFLICT (tenant_id, order_id, run) DO NOTHING`
        ).pipe(Effect.orDie, Effect.asVoid)

      const captured: OrderProgressRepo.Shape["captured"] = (id, run) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            UPDATE payments SET status = 'captured', captured_at = now()
            WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run} AND status = 'authorised'`
        ).pipe(Effect.orDie, Effect.asVoid)

      const returned: OrderProgressRepo.Shape["returned"] = (id, run, how) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            UPDATE payments SET status = ${how},
              captured_at = CASE WHEN ${how} = 'refunded' THEN coalesce(captured_at, now()) END,
              refunded_at = CASE WHEN ${how} = 'refunded' THEN now() END
            WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}
              AND status IN ('authorised', 'captured')`
        ).pipe(Effect.orDie, Effect.asVoid)

      const booked: OrderProgressRepo.Shape["booked"] = ({ id, run, providerId, trackingCode }) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            INSERT INTO shipments (tenant_id, order_id, run, provider_id, tracking_code, status)
            VALUES (${tenantId}, ${id}, ${run}, ${providerId}, ${trackingCode}, 'booked')
            ON CONFLICT (tenant_id, order_id, run) DO NOTHING`
        ).pipe(Effect.orDie, Effect.asVoid)

      const unbooked: OrderProgressRepo.Shape["unbooked"] = (id, run) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            UPDATE shipments SET status = 'cancelled'
            WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}`
        ).pipe(Effect.orDie, Effect.asVoid)

      return OrderProgressRepo.of({ facts, move, authorised, captured, returned, booked, unbooked })
    })
  )
}

export { OrderProgressRepo }
