import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Money } from "@tessera/shared/money"
import { Order } from "@tessera/shared/order/order"
import { Refund } from "@tessera/shared/refund/refund"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { ActorRepo } from "../actor-repo.ts"

class _Refundable extends Schema.Class<_Refundable>("RefundRepo.Refundable")({
  id: Order.Id,
  status: Order.Status,
  run: Schema.Int,
  currency: Money.Currency
}) {}

class _Keyed extends Schema.Class<_Keyed>("RefundRepo.Keyed")({
  id: Refund.Id,
  requestHash: Schema.String
}) {}

const _Returnable = Schema.Struct({
  productId: Schema.String,
  sku: Schema.String,
  returnable: Schema.Int
})
const _Of = Schema.Struct({ tenantId: Tenancy.Id, orderId: Order.Id })

declare namespace RefundRepo {
  type Refundable = _Refundable
  type Keyed = _Keyed
  type Returnable = typeof _Returnable.Type
  type Line = Refund.Return & { readonly productId: string }
  type Draft = {
    readonly id: Refund.Id
    readonly order: RefundRepo.Refundable
    readonly amountMinor: number
    readonly lines: ReadonlyArray<RefundRepo.Line>
    readonly note: string | null
    readonly idempotencyKey: string
    readonly requestHash: string
  }
  type Shape = {
    readonly order: (id: Order.Id) => Effect.Effect<_Refundable, Order.NotFound, Tenancy.Current>
    /** Nobody else asks for a refund of this run until the transaction ends, and none of its is noted. */
    readonly lock: (order: _Refundable) => Effect.Effect<void, never, Tenancy.Current>
    readonly byKey: (key: string) => Effect.Effect<Option.Option<_Keyed>, never, Tenancy.Current>
    /** What is left of the payment, refunds under way counted as paid. */
    readonly refundable: (order: _Refundable) => Effect.Effect<Money.AmountMinor, never, Tenancy.Current>
    /** Of the order's lines, less what came back or is about to; a SKU that it does not have is not there. */
    readonly returnable: (
      orderId: Order.Id
    ) => Effect.Effect<ReadonlyArray<RefundRepo.Returnable>, never, Tenancy.Current>
    /** False, and nothing written, when the key is taken. In the name of the current actor. */
    readonly insert: (draft: RefundRepo.Draft) => Effect.Effect<boolean, never, Tenancy.Current>
    readonly byId: (id: Refund.Id) => Effect.Effect<Refund.Model, never, Tenancy.Current>
    /** The oldest first. */
    readonly list: (orderId: Order.Id) => Effect.Effect<ReadonlyArray<Refund.Model>, never, Tenancy.Current>
  }
}

/** Rows of `refunds` and `refund_lines`; every method runs inside `Database.transaction`. */
class RefundRepo extends Context.Tag("api/fulfilment/RefundRepo")<RefundRepo, RefundRepo.Shape>() {
  static readonly layer = Layer.effect(
    RefundRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { byId, list } = _reading(sql)
      const { returnable, refundable } = _left(sql)

      const selectOrder = SqlSchema.findOne({
        Request: _Of,
        Result: _Refundable,
        execute: ({ orderId, tenantId }) => sql`
          SELECT id, status, run, currency FROM orders WHERE tenant_id = ${tenantId} AND id = ${orderId}`
      })

      const selectKey = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, key: Schema.String }),
        Result: _Keyed,
        execute: ({ key, tenantId }) => sql`
          SELECT id, request_hash FROM refunds WHERE tenant_id = ${tenantId} AND idempotency_key = ${key}`
      })

      const order = Effect.fn("RefundRepo.order")(function* (orderId: Order.Id) {
        const { tenantId } = yield* Tenancy.Current
        const found = yield* Effect.orDie(selectOrder({ orderId, tenantId }))
        return yield* Effect.mapError(found, () => new Order.NotFound({ id: orderId }))
      })

      const lock: RefundRepo.Shape["lock"] = ({ id, run }) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            SELECT 1 FROM payments WHERE tenant_id = ${tenantId} AND order_id = ${id} AND run = ${run}
            FOR NO KEY UPDATE`
        ).pipe(Effect.orDie, Effect.asVoid)

      const insert = Effect.fn("RefundRepo.insert")(function* (draft: RefundRepo.Draft) {
        const { tenantId } = yield* Tenancy.Current
        const { amountMinor, id, idempotencyKey, lines, note, order: of, requestHash } = draft
        const name = yield* ActorRepo.name(sql)
        const rows = yield* sql`
          WITH asked AS (
            INSERT INTO refunds (tenant_id, id, order_id, run, status, amount_minor, currency, note,
              requested_by, idempotency_key, request_hash)
            VALUES (${tenantId}, ${id}, ${of.id}, ${of.run}, 'requested', ${amountMinor}, ${of.currency},
              ${note}, ${name}, ${idempotencyKey}, ${requestHash})
            ON CONFLICT (tenant_id, idempotency_key) DO NOTHING RETURNING tenant_id, id
          ), lines AS (
            INSERT INTO refund_lines (tenant_id, refund_id, product_id, sku, quantity)
            SELECT asked.tenant_id, asked.id, l."productId", l.sku, l.quantity
            FROM asked, jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
              AS l("productId" uuid, sku text, quantity int)
          )
          SELECT id FROM asked`
        return rows.length > 0
      }, Effect.orDie)

      return RefundRepo.of({
        order,
        lock,
        byKey: (key) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(selectKey({ key, tenantId }))),
        refundable: ({ id, run }) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => refundable({ tenantId, orderId: id, run })).pipe(
            Effect.orDie,
            Effect.map(Option.match({ onNone: () => _nothing, onSome: ({ leftMinor }) => leftMinor }))
          ),
        returnable: (orderId) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(returnable({ orderId, tenantId }))),
        insert,
        byId: (id) => Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(byId({ id, tenantId }))),
        list: (orderId) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(list({ orderId, tenantId })))
      })
    })
  )
}

const _nothing = Money.AmountMinor.make(0)

const _reading = (sql: SqlClient.SqlClient) => {
  const models = (tenantId: string, which: Statement.Fragment) => sql`
    SELECT r.id, r.order_id, r.status, r.amount_minor, r.currency, r.note, r.requested_by, r.requested_at,
      r.ended_at, r.failure, coalesce((
        SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) ORDER BY l.sku)
        FROM refund_lines l WHERE l.tenant_id = r.tenant_id AND l.refund_id = r.id), '[]') AS returns
    FROM refunds r WHERE r.tenant_id = ${tenantId} AND ${which} ORDER BY r.requested_at, r.id`
  return {
    byId: SqlSchema.single({
      Request: Schema.Struct({ tenantId: Tenancy.Id, id: Refund.Id }),
      Result: Refund.Model,
      execute: ({ id, tenantId }) => models(tenantId, sql`r.id = ${id}`)
    }),
    list: SqlSchema.findAll({
      Request: _Of,
      Result: Refund.Model,
      execute: ({ orderId, tenantId }) => models(tenantId, sql`r.order_id = ${orderId}`)
    })
  }
}

/** What can still be given back; a refused refund has taken nothing. */
const _left = (sql: SqlClient.SqlClient) => ({
  refundable: SqlSchema.findOne({
    Request: Schema.Struct({ ..._Of.fields, run: Schema.Int }),
    Result: Schema.Struct({ leftMinor: Money.AmountMinor }),
    execute: ({ orderId, run, tenantId }) => sql`
      SELECT (p.amount_minor - coalesce((
        SELECT sum(r.amount_minor) FROM refunds r
        WHERE r.tenant_id = p.tenant_id AND r.order_id = p.order_id AND r.run = p.run
          AND r.status <> 'refused'), 0))::bigint AS left_minor
      FROM payments p WHERE p.tenant_id = ${tenantId} AND p.order_id = ${orderId} AND p.run = ${run}`
  }),
  returnable: SqlSchema.findAll({
    Request: _Of,
    Result: _Returnable,
    execute: ({ orderId, tenantId }) => sql`
      SELECT l.product_id, l.sku, (sum(l.quantity) - coalesce((
        SELECT sum(b.quantity) FROM refunds r
        JOIN refund_lines b ON b.tenant_id = r.tenant_id AND b.refund_id = r.id
        WHERE r.tenant_id = ${tenantId} AND r.order_id = ${orderId} AND r.status <> 'refused'
          AND b.product_id = l.product_id), 0))::int AS returnable
      FROM order_lines l WHERE l.tenant_id = ${tenantId} AND l.order_id = ${orderId}
      GROUP BY l.product_id, l.sku`
  })
})

export { RefundRepo }
