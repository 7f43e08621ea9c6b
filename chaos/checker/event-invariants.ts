import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"
import { Order } from "../../packages/shared/src/order/order.ts"

const _statuses = Order.Status.literals
const _legal = _statuses
  .flatMap((from) => _statuses.filter((to) => Order.canBecome(from, to)).map((to) => `('${from}', '${to}')`))
  .join(", ")

/**
 * Each event of an order that says where it is, with that state and the event before it. What only tells of an order,
 * as that it waits for approval, leaves it where it is.
 */
const _chain = `told AS (
  SELECT tenant_id, aggregate_id, version, payload ->> 'from' AS came_from,
    CASE type WHEN 'order.placed' THEN 'placed' WHEN 'order.retried' THEN 'placed'
      WHEN 'order.advanced' THEN payload ->> 'to' WHEN 'order.fulfilled' THEN 'fulfilled'
      WHEN 'order.refunded' THEN 'fulfilled' WHEN 'order.cancelled' THEN 'cancelled' END AS state,
    lag(version, 1, 0) OVER (PARTITION BY tenant_id, aggregate_id ORDER BY version) AS before_version
  FROM events WHERE type LIKE 'order.%'
), chain AS (
  SELECT tenant_id, aggregate_id, version, came_from, state,
    lag(state) OVER w AS before, lead(version) OVER w AS next_version
  FROM told WHERE state IS NOT NULL
  WINDOW w AS (PARTITION BY tenant_id, aggregate_id ORDER BY version))`

/** Promises of the event log that the database alone can be held to. The seed's orders have no events. */
const EventInvariants: ReadonlyArray<VerifyCheck> = [
  new VerifyCheck(
    "I7",
    "the numbers of a tenant's events have no hole, and the head is the last",
    `SELECT 'tenant ' || tenant_id || ': event ' || seq || ' follows ' || before AS witness
     FROM (SELECT tenant_id, seq, lag(seq, 1, 0::bigint) OVER (PARTITION BY tenant_id ORDER BY seq) AS before
           FROM events WHERE seq IS NOT NULL) numbered WHERE seq <> before + 1
     UNION ALL
     SELECT 'tenant ' || h.tenant_id || ': the head is ' || h.seq || ', the last event '
       || coalesce(max(e.seq)::text, 'none')
     FROM event_heads h LEFT JOIN events e ON e.tenant_id = h.tenant_id
     GROUP BY h.tenant_id, h.seq HAVING coalesce(max(e.seq), 0) <> h.seq`
  ),
  new VerifyCheck(
    "I7",
    "the events of one thing are numbered in the order of its versions",
    `SELECT 'aggregate ' || aggregate_id || ': version ' || version || ' is event ' || seq || ', the one before is '
       || before AS witness
     FROM (SELECT aggregate_id, version, seq,
             lag(seq) OVER (PARTITION BY tenant_id, aggregate_id ORDER BY version) AS before
           FROM events WHERE version > 0 AND seq IS NOT NULL) told
     WHERE seq < before`
  ),
  new VerifyCheck(
    "I7",
    "each version of an order has one event",
    `SELECT 'order ' || o.id || ': version ' || o.version || ', ' || count(e.id) || ' events' AS witness
     FROM orders o LEFT JOIN events e ON e.tenant_id = o.tenant_id AND e.aggregate_id = o.id::text
     WHERE o.idempotency_key NOT LIKE 'seed:%'
     GROUP BY o.tenant_id, o.id, o.version HAVING count(e.id) <> o.version`
  ),
  new VerifyCheck(
    "I7",
    "whatever an event of an order is about exists",
    `SELECT e.type || ' ' || e.id || ' of order ' || e.aggregate_id AS witness FROM events e
     WHERE e.type LIKE 'order.%' AND NOT EXISTS (
       SELECT 1 FROM orders o WHERE o.tenant_id = e.tenant_id AND o.id::text = e.aggregate_id)`
  ),
  new VerifyCheck(
    "I8",
    "the events of an order are a path of its life cycle, versions 1 to n",
    `WITH ${_chain}
     SELECT 'order ' || aggregate_id || ': ' || coalesce(before, 'nothing') || ' → ' || state || ' (' || version
       || ')' AS witness
     FROM chain
     WHERE CASE WHEN before IS NULL THEN state <> 'placed' OR version <> 1
       ELSE coalesce(came_from <> before, false) OR (before, state) NOT IN (VALUES ${_legal}) END
     UNION ALL
     SELECT 'order ' || aggregate_id || ': version ' || version || ' follows ' || before_version
     FROM told WHERE version <> before_version + 1`
  ),
  new VerifyCheck(
    "I8",
    "an order is in the state that its last event says",
    `WITH ${_chain}
     SELECT 'order ' || o.id || ': ' || o.status || ', its last event says ' || c.state AS witness
     FROM chain c JOIN orders o ON o.tenant_id = c.tenant_id AND o.id::text = c.aggregate_id
     WHERE c.next_version IS NULL AND c.state <> o.status`
  )
]

export { EventInvariants }
