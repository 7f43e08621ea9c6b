import { SqlClient, SqlSchema } from "@effect/sql"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Product } from "@tessera/shared/product/product"
import { Reservation } from "@tessera/shared/reservation/reservation"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { ReservationMachine } from "./reservation-machine.ts"

class _Keyed extends Schema.Class<_Keyed>("ReservationRepo.Keyed")({
  id: Reservation.Id,
  requestHash: Schema.String
}) {}

const _Product = Schema.Struct({ productId: Schema.String, sku: Product.Sku })
const _Remaining = Schema.Struct({ remainingMillis: Schema.Number })
const _ById = Schema.Struct({ tenantId: Tenancy.Id, id: Reservation.Id })
const _List = Schema.Struct({
  tenantId: Tenancy.Id,
  status: Schema.NullOr(Reservation.Status),
  /** Of the last reservation of the page before. */
  after: Schema.NullOr(Reservation.Id),
  limit: Schema.Int
})

declare namespace ReservationRepo {
  type Keyed = _Keyed
  type Product = typeof _Product.Type
  type List = Omit<typeof _List.Type, "tenantId">
  type Line = ReservationRepo.Product & { readonly quantity: number }
  type Draft = {
    readonly id: Reservation.Id
    readonly seconds: number
    readonly idempotencyKey: string
    readonly requestHash: string
    readonly lines: ReadonlyArray<ReservationRepo.Line>
  }
  type Move = Effect.Effect<void, MachineStore.Refusal, Tenancy.Current>
  type Shape = {
    readonly byKey: (
      key: string
    ) => Effect.Effect<Option.Option<ReservationRepo.Keyed>, never, Tenancy.Current>
    /** Those of the SKUs that the catalogue has. */
    readonly products: (
      skus: ReadonlyArray<Product.Sku>
    ) => Effect.Effect<ReadonlyArray<ReservationRepo.Product>, never, Tenancy.Current>
    /** In the name of the current actor. False when the key is taken by now; then nothing was written. */
    readonly insert: (draft: ReservationRepo.Draft) => Effect.Effect<boolean, never, Tenancy.Current>
    /** One whose time is over is `expired`, also while its units are not given back yet. */
    readonly find: (
      id: Reservation.Id
    ) => Effect.Effect<Option.Option<Reservation.Model>, never, Tenancy.Current>
    /** By id, so the newest first. */
    readonly list: (
      query: ReservationRepo.List
    ) => Effect.Effect<ReadonlyArray<Reservation.Model>, never, Tenancy.Current>
    /** Milliseconds until its time is over, 0 from then on; none where it holds nothing. */
    readonly remaining: (id: Reservation.Id) => Effect.Effect<Option.Option<number>, never, Tenancy.Current>
    /** Both are refused once its time is over: then the units are the saga's to give back. */
    readonly take: (id: Reservation.Id) => ReservationRepo.Move
    readonly release: (id: Reservation.Id) => ReservationRepo.Move
    readonly expire: (id: Reservation.Id) => ReservationRepo.Move
  }
}

/** Rows of `reservations` and their lines; in the caller's transaction. */
class ReservationRepo extends Context.Tag("api/reservation/ReservationRepo")<
  ReservationRepo,
  ReservationRepo.Shape
>() {
  static readonly layer = Layer.effect(
    ReservationRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore
      const isOver = sql`expires_at <= clock_timestamp()`
      const rows = (tenantId: string) => sql`(
        SELECT id, created_at, expires_at,
          CASE WHEN status = 'held' AND ${isOver} THEN 'expired' ELSE status END AS status,
          (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity) ORDER BY line)
           FROM reservation_lines l WHERE l.tenant_id = r.tenant_id AND l.reservation_id = r.id) AS lines
        FROM reservations r WHERE tenant_id = ${tenantId}) seen`

      const selectKey = SqlSchema.findOne({
        Request: Schema.Struct({ tenantId: Tenancy.Id, key: Schema.String }),
        Result: _Keyed,
        execute: ({ tenantId, key }) => sql`
          SELECT id, request_hash FROM reservations
          WHERE tenant_id = ${tenantId} AND idempotency_key = ${key}`
      })

      const selectProducts = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Tenancy.Id, skus: Schema.Array(Product.Sku) }),
        Result: _Product,
        execute: ({ tenantId, skus }) => sql`
          SELECT id AS product_id, sku FROM products WHERE tenant_id = ${tenantId} AND ${sql.in("sku", skus)}`
      })

      const selectById = SqlSchema.findOne({
        Request: _ById,
        Result: Reservation.Model,
        execute: ({ tenantId, id }) => sql`SELECT * FROM ${rows(tenantId)} WHERE id = ${id}`
      })

      const selectPage = SqlSchema.findAll({
        Request: _List,
        Result: Reservation.Model,
        execute: ({ tenantId, status, after, limit }) => sql`
          SELECT * FROM ${rows(tenantId)}
          WHERE (${after}::uuid IS NULL OR id < ${after}) AND (${status}::text IS NULL OR status = ${status})
          ORDER BY id DESC LIMIT ${limit}`
      })

      const selectRemaining = SqlSchema.findOne({
        Request: _ById,
        Result: _Remaining,
        execute: ({ tenantId, id }) => sql`
          SELECT greatest(0, extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8
            AS remaining_millis
          FROM reservations WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'held'`
      })

      const insert: ReservationRepo.Shape["insert"] = Effect.fn("ReservationRepo.insert")(function* (draft) {
        const { actorId, tenantId } = yield* Tenancy.Current
        const written = yield* sql`
          WITH held AS (
            INSERT INTO reservations
              (tenant_id, id, status, expires_at, created_by, idempotency_key, request_hash)
            VALUES (${tenantId}, ${draft.id}, ${Reservation.initial},
              now() + make_interval(secs => ${draft.seconds}), ${actorId}, ${draft.idempotencyKey},
              ${draft.requestHash})
            ON CONFLICT (tenant_id, idempotency_key) DO NOTHING RETURNING tenant_id, id
          )
          INSERT INTO reservation_lines (tenant_id, reservation_id, line, product_id, sku, quantity)
          SELECT held.tenant_id, held.id, d.line, d."productId", d.sku, d.quantity
          FROM held, ROWS FROM (jsonb_to_recordset(${JSON.stringify(draft.lines)}::jsonb)
            AS ("productId" uuid, sku text, quantity bigint))
            WITH ORDINALITY AS d("productId", sku, quantity, line)
          RETURNING line`
        return written.length > 0
      }, Effect.orDie)

      const inTenant = <A, E>(query: (tenantId: Tenancy.Id) => Effect.Effect<A, E>) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

      const whileHeld = { when: { holds: sql`NOT (${isOver})`, otherwise: "its time is over" } }

      return ReservationRepo.of({
        byKey: (key) => inTenant((tenantId) => selectKey({ tenantId, key })),
        products: (skus) => inTenant((tenantId) => selectProducts({ tenantId, skus })),
        insert: (draft) =>
          Effect.tap(insert(draft), (written) =>
            Effect.when(machines.born(ReservationMachine, draft.id), () => written)
          ),
        find: (id) => inTenant((tenantId) => selectById({ tenantId, id })),
        list: (query) => inTenant((tenantId) => selectPage({ ...query, tenantId })),
        remaining: (id) =>
          Effect.map(
            inTenant((tenantId) => selectRemaining({ tenantId, id })),
            Option.map(({ remainingMillis }) => remainingMillis)
          ),
        take: (id) => Effect.asVoid(machines.send(ReservationMachine, id, "take", whileHeld)),
        release: (id) => Effect.asVoid(machines.send(ReservationMachine, id, "release", whileHeld)),
        expire: (id) => Effect.asVoid(machines.send(ReservationMachine, id, "expire"))
      })
    })
  )
}

export { ReservationRepo }
