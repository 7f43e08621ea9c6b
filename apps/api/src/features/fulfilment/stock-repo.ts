import { SqlClient, type Statement } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { type Order } from "@tessera/shared/order/order"
import { type Refund } from "@tessera/shared/refund/refund"
import { Context, Effect, Layer } from "effect"

declare namespace StockRepo {
  type Move = { readonly id: Order.Id; readonly run: number }
  type Shape = {
    /**
     * False when a product has too little: the caller must roll back. A repetition changes nothing and is
     * true.
     */
    readonly reserve: (move: StockRepo.Move) => Effect.Effect<boolean, never, Tenancy.Current>
    /** Gives back what this run has reserved and not sold; nothing where it has not. */
    readonly release: (move: StockRepo.Move) => Effect.Effect<void, never, Tenancy.Current>
    /** Turns what this run has reserved into sold units. */
    readonly sell: (move: StockRepo.Move) => Effect.Effect<void, never, Tenancy.Current>
    /** Puts what comes back with this refund on sale again; nothing where it brings nothing. */
    readonly takeBack: (id: Refund.Id) => Effect.Effect<void, never, Tenancy.Current>
  }
}

/**
 * The order's hand on stock: a ledger row per product and move makes each happen once, rows are locked by
 * id.
 */
class StockRepo extends Context.Tag("api/fulfilment/StockRepo")<StockRepo, StockRepo.Shape>() {
  /** What the ledger calls a run of an order; units that stand there under it count as reserved by it. */
  static readonly cause = ({ id, run }: StockRepo.Move): string => _cause(id, run)
  static readonly layer = Layer.effect(
    StockRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      /** By id, so that two orders of the same products never wait for each other in a circle. */
      const lockedIn = (tenantId: Tenancy.Id, lines: Statement.Fragment) => sql`locked AS MATERIALIZED (
        SELECT p.id FROM products p
        WHERE p.tenant_id = ${tenantId} AND p.id IN (
          SELECT product_id FROM ${lines})
        ORDER BY p.id FOR NO KEY UPDATE)`

      const locked = (tenantId: Tenancy.Id, id: Order.Id) =>
        lockedIn(tenantId, sql`order_lines WHERE tenant_id = ${tenantId} AND order_id = ${id}`)

      const reserve: StockRepo.Shape["reserve"] = ({ id, run }) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const [counts] = yield* sql<{ readonly noted: number; readonly moved: number }>`
            WITH ${locked(tenantId, id)}, noted AS (
              INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
              SELECT tenant_id, product_id, ${_cause(id, run)}, 'reserve', sum(quantity) FROM order_lines
              WHERE tenant_id = ${tenantId} AND order_id = ${id} GROUP BY tenant_id, product_id
              ON CONFLICT (tenant_id, cause, kind, product_id) DO NOTHING
              RETURNING tenant_id, product_id, quantity
            ), moved AS (
              UPDATE products p SET available = available - n.quantity, reserved = reserved + n.quantity
              FROM noted n JOIN locked ON locked.id = n.product_id
              WHERE p.tenant_id = n.tenant_id AND p.id = n.product_id AND p.available >= n.quantity
              RETURNING p.id
            )
            SELECT (SELECT count(*) FROM noted) AS noted, (SELECT count(*) FROM moved) AS moved`
          return counts?.noted === counts?.moved
        }).pipe(Effect.orDie)

      const settle = (kind: "release" | "sell", { id, run }: StockRepo.Move) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const target = sql(kind === "sell" ? "sold" : "available")
          yield* sql`
            WITH ${locked(tenantId, id)}, noted AS (
              INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
              SELECT tenant_id, product_id, cause, ${kind}, quantity FROM stock_ledger
              WHERE tenant_id = ${tenantId} AND cause = ${_cause(id, run)} AND kind = 'reserve'
              ON CONFLICT (tenant_id, cause, kind, product_id) DO NOTHING
              RETURNING tenant_id, product_id, quantity
            )
            UPDATE products p SET reserved = reserved - n.quantity, ${target} = ${target} + n.quantity
            FROM noted n JOIN locked ON locked.id = n.product_id
            WHERE p.tenant_id = n.tenant_id AND p.id = n.product_id`
        }).pipe(Effect.orDie)

      const takeBack: StockRepo.Shape["takeBack"] = (id) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const lines = sql`refund_lines WHERE tenant_id = ${tenantId} AND refund_id = ${id}`
          yield* sql`
            WITH ${lockedIn(tenantId, lines)}, noted AS (
              INSERT INTO stock_ledger (tenant_id, product_id, cause, kind, quantity)
              SELECT tenant_id, product_id, ${`refund:${id}`}, 'return', quantity FROM ${lines}
              ON CONFLICT (tenant_id, cause, kind, product_id) DO NOTHING
              RETURNING tenant_id, product_id, quantity
            )
            UPDATE products p SET sold = sold - n.quantity, available = available + n.quantity
            FROM noted n JOIN locked ON locked.id = n.product_id
            WHERE p.tenant_id = n.tenant_id AND p.id = n.product_id`
        }).pipe(Effect.orDie, Effect.asVoid)

      return StockRepo.of({
        reserve,
        takeBack,
        release: (move) => settle("release", move),
        sell: (move) => settle("sell", move)
      })
    })
  )
}

const _cause = (id: Order.Id, run: number): string => `order:${id}:${run}`

export { StockRepo }
