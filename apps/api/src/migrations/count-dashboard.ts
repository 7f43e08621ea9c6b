import { SqlClient } from "@effect/sql"
import { JobIndexes } from "@tessera/infra/tenancy/job-indexes"
import { Effect } from "effect"

/**
 * 0017. What the dashboard counts by. When an order ended stands in its row, set by a trigger, because
 * replicas of the version before do not know the column; for orders that are there already it is what their
 * history says.
 */
const CountDashboard = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE orders ADD COLUMN ended_at timestamptz`
  yield* _fromHistory
  yield* sql`CREATE FUNCTION order_ended() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN
      NEW.ended_at := CASE WHEN NEW.status IN (''fulfilled'', ''cancelled'') THEN clock_timestamp() END;
      RETURN NEW;
    END'`
  yield* sql`CREATE TRIGGER orders_ended BEFORE UPDATE OF status ON orders
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION order_ended()`
  yield* sql`CREATE INDEX payments_returned ON payments (tenant_id, refunded_at)
    WHERE refunded_at IS NOT NULL`
  yield* JobIndexes.perTenant
})

/** The policies hide every row from the owner, too, unless it is told that they do not hold for it. */
const _fromHistory = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE orders NO FORCE ROW LEVEL SECURITY`
  yield* sql`ALTER TABLE state_history NO FORCE ROW LEVEL SECURITY`
  yield* sql`UPDATE orders o SET ended_at = h.at
    FROM (SELECT tenant_id, key, to_state, max(at) AS at FROM state_history
      WHERE machine = 'order' AND from_state <> to_state AND to_state IN ('fulfilled', 'cancelled')
      GROUP BY tenant_id, key, to_state) AS h
    WHERE h.tenant_id = o.tenant_id AND h.key = o.id::text AND h.to_state = o.status`
  yield* sql`ALTER TABLE state_history FORCE ROW LEVEL SECURITY`
  yield* sql`ALTER TABLE orders FORCE ROW LEVEL SECURITY`
})

export { CountDashboard }
