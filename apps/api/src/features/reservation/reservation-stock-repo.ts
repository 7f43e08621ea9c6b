import { SqlClient } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Product } from "@tessera/shared/product/product"
import { type Reservation } from "@tessera/shared/reservation/reservation"
import { Array as Arr, Context, Effect, Layer, Option } from "effect"

declare namespace ReservationStockRepo {
  type Shape = {
    /** All lines or, with the first SKU that has too little, none: then the caller must roll back. */
    readonly hold: (id: Reservation.Id) => Effect.Effect<Option.Option<Product.Sku>, never, Tenancy.Current>
    /** Gives back what the reservation holds; the caller has moved it to its end before, so this is once. */
    readonly release: (id: Reservation.Id) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * Hands what is held on to another cause, which has to settle it; no product has more or less for it. The
     * caller has moved the reservation to its end before.
     */
    readonly pass: (id: Reservation.Id, cause: string) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/**
 * A reservation's hand on stock, in the caller's transaction and last in it: everybody who wants a product
 * waits for whoever holds its row. A ledger row per product and move makes each happen once, rows are locked
 * by id.
 */
class ReservationStockRepo extends Context.Tag("api/reservation/ReservationStockRepo")<
  ReservationStockRepo,
  ReservationStockRepo.Shape
>() {
  static readonly layer = Layer.effect(
    ReservationStockRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      /** By id, as orders lock them, so that nobody waits for somebody else in a circle. */
      const locked = (tenantId: Tenancy.Id, id: Reservation.Id) => sql`locked AS MATERIALIZED (
        SELECT p.id FROM products p
        WHERE p.tenant_id = ${tenantId} AND p.id IN (
          SELECT product_id FROM reservation_lines WHERE tenant_id = ${tenantId} AND reservation_id = ${id})
        ORDER BY p.id FOR NO KEY UPDATE)`

      const hold: ReservationStockRepo.Shape["hold"] = (id) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const missing = yield* sql<{ readonly sku: string }>`
            WITH ${locked(tenantId, id)}, wanted AS (
              SELECT * FROM reservation_lines WHERE tenant_id = ${tenantId} AND reservation_id = ${id}
            ), noted AS (
              INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
              SELECT tenant_id, product_id, ${_cause(id)}, 'reserve', quantity FROM wanted
            ), moved AS (
              UPDATE products p SET available = available - w.quantity, reserved = reserved + w.quantity
              FROM wanted w JOIN locked ON locked.id = w.product_id
              WHERE p.tenant_id = w.tenant_id AND p.id = w.product_id AND p.available >= w.quantity
              RETURNING p.id
            )
            SELECT sku FROM wanted WHERE product_id NOT IN (SELECT id FROM moved) ORDER BY line LIMIT 1`
          return Option.map(Arr.head(missing), ({ sku }) => Product.Sku.make(sku))
        }).pipe(Effect.orDie)

      const release: ReservationStockRepo.Shape["release"] = (id) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          yield* sql`
            WITH ${locked(tenantId, id)}, noted AS (
              INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
              SELECT tenant_id, product_id, cause, 'release', quantity FROM stock_ledger
              WHERE tenant_id = ${tenantId} AND cause = ${_cause(id)} AND kind = 'reserve'
              RETURNING tenant_id, product_id, quantity
            )
            UPDATE products p SET reserved = reserved - n.quantity, available = available + n.quantity
            FROM noted n JOIN locked ON locked.id = n.product_id
            WHERE p.tenant_id = n.tenant_id AND p.id = n.product_id`
        }).pipe(Effect.orDie)

      const pass: ReservationStockRepo.Shape["pass"] = (id, cause) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          yield* sql`
            INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
            SELECT l.tenant_id, l.product_id, entry.cause, entry.kind, l.quantity
            FROM stock_ledger l,
              (VALUES (${_cause(id)}, 'release'), (${cause}, 'reserve')) AS entry (cause, kind)
            WHERE l.tenant_id = ${tenantId} AND l.cause = ${_cause(id)} AND l.kind = 'reserve'`
        }).pipe(Effect.orDie)

      return ReservationStockRepo.of({ hold, release, pass })
    })
  )
}

const _cause = (id: Reservation.Id): string => `reservation:${id}`

export { ReservationStockRepo }
