import { VerifyCheck } from "./verify-check.ts"

/**
 * An ended order may still be refunded: one whose refund is under way is not judged, nor one of which
 * something has happened at the provider since the snapshot was taken.
 */
const _settled = `coalesce(a.updated_at < transaction_timestamp(), true) AND NOT EXISTS (
  SELECT 1 FROM refunds r WHERE r.tenant_id = o.tenant_id AND r.order_id = o.id AND r.status = 'requested')`

/** Promises about the provider's own books, which know nothing of ours but `<tenantId>/<orderId>/<run>`. */
const ProviderChecksRepo: ReadonlyArray<VerifyCheck> = [
  new VerifyCheck(
    "I3",
    "the provider's books agree with every payment of an ended order",
    `SELECT 'order ' || o.id || ': ours ' || concat_ws(' ', p.status, p.amount_minor, p.refunded_minor)
       || ', theirs ' || coalesce(a.status || ' ' || a.amount_minor || ' ' || a.refunded_minor, 'unknown')
       AS witness
     FROM ended o JOIN payments p ON p.tenant_id = o.tenant_id AND p.order_id = o.id
     LEFT JOIN provider_authorisations a ON a.id = p.provider_id
     WHERE p.provider_id IS NOT NULL AND ${_settled} AND
       (a.status, a.amount_minor, a.refunded_minor, a.reference) IS DISTINCT FROM
       (p.status, p.amount_minor, p.refunded_minor, p.tenant_id || '/' || p.order_id || '/' || p.run)`
  ),
  new VerifyCheck(
    "I3",
    "the provider holds money only for a fulfilled order, its total, once",
    `SELECT o.status || ' order ' || o.id || ': total ' || o.total_minor || ', theirs '
       || string_agg(a.status || ' ' || a.amount_minor, ' and ' ORDER BY a.id) AS witness
     FROM ended o
     JOIN provider_authorisations a ON a.tenant_id = o.tenant_id::text AND a.order_id = o.id::text
       AND a.run <= o.run
     WHERE a.status IN ('authorised', 'captured', 'partially_refunded')
     GROUP BY o.tenant_id, o.id, o.status, o.total_minor
     HAVING NOT (o.status = 'fulfilled' AND count(*) = 1 AND min(a.status) <> 'authorised'
       AND min(a.amount_minor) = o.total_minor)`
  ),
  new VerifyCheck(
    "I4",
    "the carrier has a booking only for a fulfilled order, one for each parcel",
    `SELECT o.status || ' order ' || o.id || ': ' || theirs.bookings || ' bookings' AS witness
     FROM ended o
     JOIN (SELECT s.tenant_id, s.order_id, count(*) AS bookings FROM provider_shipments s
       JOIN ended e ON e.tenant_id::text = s.tenant_id AND e.id::text = s.order_id AND s.run <= e.run
       WHERE s.status = 'booked' GROUP BY 1, 2) theirs
       ON theirs.tenant_id = o.tenant_id::text AND theirs.order_id = o.id::text
     LEFT JOIN (SELECT tenant_id, order_id, count(*) AS bookings FROM parcels
       WHERE status = 'booked' GROUP BY 1, 2) ours
       ON ours.tenant_id = o.tenant_id AND ours.order_id = o.id
     WHERE o.status <> 'fulfilled' OR theirs.bookings <> coalesce(ours.bookings, 0)`
  ),
  new VerifyCheck(
    "I4",
    "the carrier's books agree with every shipment of an ended order",
    `SELECT 'order ' || o.id || ', parcel ' || s.parcel || ': ours ' || s.status || ', theirs '
       || coalesce(t.status || ' for ' || t.reference, 'unknown') AS witness
     FROM ended o JOIN parcels s ON s.tenant_id = o.tenant_id AND s.order_id = o.id
     LEFT JOIN provider_shipments t ON t.id = s.provider_id
     WHERE s.provider_id NOT LIKE 'seed:%' AND (t.status, t.reference) IS DISTINCT FROM (s.status,
       concat_ws('/', s.tenant_id, s.order_id, s.run, CASE WHEN s.parcel > 1 THEN s.parcel END))`
  ),
  new VerifyCheck(
    "I5",
    "an idempotency key had one effect",
    `SELECT 'key ' || key || ': ' || count(*) || ' effects' AS witness
     FROM provider_effects GROUP BY key HAVING count(*) > 1`
  ),
  new VerifyCheck(
    "I5",
    "one run of an order was authorised once, and each of its parcels booked once",
    `SELECT what || ' ' || reference || ': ' || count(*) AS witness
     FROM (SELECT 'authorisation' AS what, reference FROM provider_authorisations
           UNION ALL SELECT 'shipment', reference FROM provider_shipments) made
     GROUP BY what, reference HAVING count(*) > 1`
  ),
  new VerifyCheck(
    "I5",
    "whatever stands at the provider belongs to an order",
    `SELECT what || ' ' || made.id || ' for ' || reference AS witness
     FROM (SELECT 'authorisation' AS what, id, reference, tenant_id, order_id, created_at
             FROM provider_authorisations WHERE status IN ('authorised', 'captured', 'partially_refunded')
           UNION ALL SELECT 'shipment', id, reference, tenant_id, order_id, created_at
             FROM provider_shipments WHERE status = 'booked') made
     WHERE made.created_at < transaction_timestamp() AND NOT EXISTS (
       SELECT 1 FROM orders o WHERE o.tenant_id::text = made.tenant_id AND o.id::text = made.order_id)`
  )
]

export { ProviderChecksRepo }
