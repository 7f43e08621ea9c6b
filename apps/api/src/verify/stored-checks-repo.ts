import { VerifyCheck } from "./verify-check.ts"

/** Promises that the database alone can be held to; an order in flight is judged when it has ended. */
const StoredChecksRepo: ReadonlyArray<VerifyCheck> = [
  new VerifyCheck(
    "I1",
    "an order has lines, and they add up to its total",
    `SELECT 'order ' || o.id || ': total ' || o.total_minor || ', lines '
       || coalesce(sum(l.line_minor)::text, 'none') AS witness
     FROM orders o LEFT JOIN LATERAL (
       SELECT quantity * unit_price_minor AS line_minor FROM order_lines
       WHERE tenant_id = o.tenant_id AND order_id = o.id) l ON true
     GROUP BY o.tenant_id, o.id HAVING sum(l.line_minor) IS DISTINCT FROM o.total_minor::numeric`
  ),
  new VerifyCheck(
    "I1",
    "an order is announced once",
    `SELECT 'order ' || aggregate_id || ': ' || count(*) || ' order.placed' AS witness
     FROM events WHERE type = 'order.placed' GROUP BY tenant_id, aggregate_id HAVING count(*) > 1`
  ),
  new VerifyCheck(
    "I2",
    "available + reserved + sold = initial + restocked, and none is negative",
    `SELECT 'product ' || sku || ' (' || id || ')' AS witness FROM products
     WHERE available + reserved + sold <> initial + restocked OR least(available, reserved, sold) < 0`
  ),
  new VerifyCheck(
    "I2",
    "each kind of stock is the sum of its ledger rows",
    `SELECT 'product ' || p.sku || ' (' || p.id || '): stock '
       || concat_ws('/', p.initial, p.restocked, p.available, p.reserved, p.sold) || ', ledger '
       || concat_ws('/', l.initial, l.restocked, l.initial + l.restocked - l.reserve + l.release + l.returned,
            l.reserve - l.release - l.sell, l.sell - l.returned) AS witness
     FROM products p, LATERAL (
       SELECT coalesce(sum(quantity) FILTER (WHERE kind = 'initial'), 0) AS initial,
         coalesce(sum(quantity) FILTER (WHERE kind = 'restock'), 0) AS restocked,
         coalesce(sum(quantity) FILTER (WHERE kind = 'reserve'), 0) AS reserve,
         coalesce(sum(quantity) FILTER (WHERE kind = 'release'), 0) AS release,
         coalesce(sum(quantity) FILTER (WHERE kind = 'sell'), 0) AS sell,
         coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0) AS returned
       FROM stock_ledger WHERE tenant_id = p.tenant_id AND product_id = p.id) l
     WHERE (p.initial, p.restocked, p.available, p.reserved, p.sold) IS DISTINCT FROM
       (l.initial, l.restocked, l.initial + l.restocked - l.reserve + l.release + l.returned,
        l.reserve - l.release - l.sell, l.sell - l.returned)`
  ),
  new VerifyCheck(
    "I2",
    "an ended order has settled every unit it reserved",
    `SELECT 'order ' || o.id || ', product ' || l.product_id AS witness
     FROM ended o JOIN stock_ledger l
       ON l.tenant_id = o.tenant_id AND l.cause LIKE 'order:%' AND split_part(l.cause, ':', 2) = o.id::text
     GROUP BY o.tenant_id, o.id, l.cause, l.product_id
     HAVING coalesce(sum(quantity) FILTER (WHERE kind = 'reserve'), 0)
       <> coalesce(sum(quantity) FILTER (WHERE kind IN ('release', 'sell')), 0)`
  ),
  new VerifyCheck(
    "I2",
    "a fulfilled order sold what its lines say, a cancelled one nothing",
    `SELECT o.status || ' order ' || o.id || ': lines ' || coalesce(lines.quantity, 0) || ', sold '
       || coalesce(sold.quantity, 0) AS witness
     FROM ended o
     LEFT JOIN (SELECT tenant_id, order_id, sum(quantity) AS quantity FROM order_lines GROUP BY 1, 2) lines
       ON lines.tenant_id = o.tenant_id AND lines.order_id = o.id
     LEFT JOIN (SELECT tenant_id, split_part(cause, ':', 2) AS order_id, sum(quantity) AS quantity
       FROM stock_ledger WHERE kind = 'sell' GROUP BY 1, 2) sold
       ON sold.tenant_id = o.tenant_id AND sold.order_id = o.id::text
     WHERE coalesce(sold.quantity, 0)
       <> CASE o.status WHEN 'fulfilled' THEN coalesce(lines.quantity, 0) ELSE 0 END`
  ),
  new VerifyCheck(
    "I3",
    "an order is charged nothing or exactly its total",
    `SELECT 'order ' || o.id || ': total ' || o.total_minor || ', held ' || sum(p.amount_minor) AS witness
     FROM orders o JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id
     WHERE p.status IN ('captured', 'partially_refunded')
     GROUP BY o.tenant_id, o.id HAVING sum(p.amount_minor) <> o.total_minor`
  ),
  new VerifyCheck(
    "I3",
    "only what was captured is refunded",
    `SELECT 'order ' || order_id || ', run ' || run AS witness FROM payments
     WHERE (refunded_at IS NOT NULL OR status = 'refunded' OR refunded_minor > 0) AND captured_at IS NULL`
  ),
  new VerifyCheck(
    "I4",
    "a fulfilled order is paid and its shipment is booked",
    `SELECT 'order ' || o.id AS witness FROM ended o
     WHERE o.status = 'fulfilled' AND NOT (
       EXISTS (SELECT 1 FROM payments p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id
         AND p.run = o.run AND p.status IN ('captured', 'partially_refunded', 'refunded'))
       AND EXISTS (SELECT 1 FROM shipments s
         WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.run = o.run AND s.status = 'booked'))`
  ),
  new VerifyCheck(
    "I4",
    "the booked parcels of a fulfilled order hold what its lines say",
    `SELECT 'order ' || o.id || ', line ' || l.line || ': ' || l.quantity || ' units, in parcels '
       || coalesce(packed.quantity, 0) AS witness
     FROM ended o
     JOIN orders ordered ON ordered.tenant_id = o.tenant_id AND ordered.id = o.id
     JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
     LEFT JOIN (SELECT tenant_id, order_id, run, line, sum(quantity) AS quantity
       FROM shipment_lines JOIN parcels USING (tenant_id, order_id, run, parcel)
       WHERE parcels.status = 'booked' GROUP BY 1, 2, 3, 4) packed
       ON packed.tenant_id = o.tenant_id AND packed.order_id = o.id AND packed.run = o.run
         AND packed.line = l.line
     WHERE o.status = 'fulfilled' AND coalesce(packed.quantity, 0) <> l.quantity
       -- What was booked before lines were kept has none.
       AND (ordered.parcel_units IS NOT NULL OR EXISTS (SELECT 1 FROM shipment_lines s
         WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.run = o.run))`
  ),
  new VerifyCheck(
    "I4",
    "no parcel holds nothing, or more than a parcel of its order may",
    `SELECT 'order ' || o.id || ', run ' || p.run || ', parcel ' || p.parcel || ': '
       || coalesce(sum(s.quantity), 0) || ' of ' || o.parcel_units AS witness
     FROM orders o JOIN parcels p ON p.tenant_id = o.tenant_id AND p.order_id = o.id
     LEFT JOIN shipment_lines s ON s.tenant_id = p.tenant_id AND s.order_id = p.order_id
       AND s.run = p.run AND s.parcel = p.parcel
     WHERE o.parcel_units IS NOT NULL
     GROUP BY o.tenant_id, o.id, o.parcel_units, p.run, p.parcel
     HAVING coalesce(sum(s.quantity), 0) NOT BETWEEN 1 AND o.parcel_units`
  ),
  new VerifyCheck(
    "I4",
    "a cancelled order holds no money and no shipment",
    `SELECT 'order ' || o.id AS witness FROM ended o
     WHERE o.status = 'cancelled' AND (
       EXISTS (SELECT 1 FROM payments p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id
         AND p.status IN ('authorised', 'captured', 'partially_refunded'))
       OR EXISTS (SELECT 1 FROM parcels s
         WHERE s.tenant_id = o.tenant_id AND s.order_id = o.id AND s.status = 'booked'))`
  ),
  new VerifyCheck(
    "I4",
    "a cancelled order has undone every step that it had done, and so has every run before the last",
    `SELECT 'order ' || o.id || ', run ' || r.run || ': ' || f.step AS witness
     FROM orders o CROSS JOIN LATERAL generate_series(1, o.run) r (run)
     JOIN steps f ON f.tenant_id = o.tenant_id AND f.key = o.id || '/' || r.run
     WHERE (o.status = 'cancelled' OR r.run < o.run) AND f.direction = 'forward'
       AND f.done_at IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM steps c WHERE c.tenant_id = f.tenant_id AND c.saga = f.saga AND c.key = f.key
         AND c.step = f.step AND c.direction = 'compensate' AND c.done_at IS NOT NULL)`
  ),
  new VerifyCheck(
    "I4",
    "steps are undone in the reverse of the order in which they were done",
    `SELECT 'saga ' || a.saga || ' ' || a.key || ': ' || a.step || ' before ' || b.step AS witness
     FROM steps a JOIN steps b USING (tenant_id, saga, key)
     JOIN steps af ON af.tenant_id = a.tenant_id AND af.saga = a.saga AND af.key = a.key AND af.step = a.step
       AND af.direction = 'forward'
     JOIN steps bf ON bf.tenant_id = a.tenant_id AND bf.saga = a.saga AND bf.key = a.key AND bf.step = b.step
       AND bf.direction = 'forward'
     WHERE a.direction = 'compensate' AND b.direction = 'compensate' AND a.began_at < b.began_at
       AND af.began_at < bf.began_at`
  ),
  new VerifyCheck(
    "I4",
    "nothing is undone that was never tried, or that stands",
    `SELECT 'saga ' || c.saga || ' ' || c.key || ': ' || c.step AS witness FROM steps c
     WHERE c.direction = 'compensate' AND NOT EXISTS (
       SELECT 1 FROM steps f WHERE f.tenant_id = c.tenant_id AND f.saga = c.saga AND f.key = c.key
         AND f.step = c.step AND f.direction = 'forward')
     UNION ALL
     SELECT 'saga ' || c.saga || ' ' || c.key || ': ' || c.step
     FROM steps c JOIN ended o ON o.tenant_id = c.tenant_id AND c.key = o.id || '/' || o.run
     WHERE c.direction = 'compensate' AND o.status = 'fulfilled'`
  )
]

export { StoredChecksRepo }
