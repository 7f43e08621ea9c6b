import { VerifyCheck } from "./verify-check.ts"

/** Promises about stock that is kept for a time. */
const ReservationChecksRepo: ReadonlyArray<VerifyCheck> = [
  new VerifyCheck(
    "I2",
    "a reservation holds what its lines say, and has settled every unit of it once it has ended",
    `SELECT r.status || ' reservation ' || r.id || ', product ' || w.product_id || ': line ' || w.quantity
       || ', held ' || l.held || ', settled ' || l.settled AS witness
     FROM reservations r
     JOIN reservation_lines w ON w.tenant_id = r.tenant_id AND w.reservation_id = r.id,
     LATERAL (
       SELECT coalesce(sum(quantity) FILTER (WHERE kind = 'reserve'), 0) AS held,
         coalesce(sum(quantity) FILTER (WHERE kind <> 'reserve'), 0) AS settled
       FROM stock_ledger
       WHERE tenant_id = r.tenant_id AND product_id = w.product_id AND cause = 'reservation:' || r.id) l
     WHERE (l.held, l.settled) IS DISTINCT FROM
       (w.quantity::numeric, CASE r.status WHEN 'held' THEN 0 ELSE w.quantity END::numeric)`
  ),
  new VerifyCheck(
    "I2",
    "whatever is reserved belongs to an order or a reservation that has not ended",
    `SELECT 'product ' || p.sku || ' (' || p.id || '): reserved ' || p.reserved || ', of orders '
       || coalesce(o.units, 0) || ', of reservations ' || coalesce(r.units, 0) AS witness
     FROM products p
     LEFT JOIN (
       SELECT l.tenant_id, l.product_id,
         sum(CASE l.kind WHEN 'reserve' THEN l.quantity ELSE -l.quantity END) AS units
       FROM stock_ledger l JOIN orders o ON o.tenant_id = l.tenant_id
         AND o.id::text = split_part(l.cause, ':', 2) AND o.status NOT IN ('fulfilled', 'cancelled')
       WHERE l.cause LIKE 'order:%' AND l.kind IN ('reserve', 'release', 'sell')
       GROUP BY 1, 2) o ON o.tenant_id = p.tenant_id AND o.product_id = p.id
     LEFT JOIN (
       SELECT w.tenant_id, w.product_id, sum(w.quantity) AS units
       FROM reservation_lines w JOIN reservations r ON r.tenant_id = w.tenant_id AND r.id = w.reservation_id
       WHERE r.status = 'held'
       GROUP BY 1, 2) r ON r.tenant_id = p.tenant_id AND r.product_id = p.id
     WHERE p.reserved <> coalesce(o.units, 0) + coalesce(r.units, 0)`
  ),
  new VerifyCheck(
    "L1",
    "a reservation ends within a minute of its time",
    `SELECT 'reservation ' || id || ' is held, its time was over at ' || expires_at AS witness
     FROM reservations
     WHERE status = 'held' AND expires_at < transaction_timestamp() - interval '1 minute'`
  )
]

export { ReservationChecksRepo }
