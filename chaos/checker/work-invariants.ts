import { VerifyCheck } from "../../apps/api/src/verify/verify-check.ts"

/** Promises about jobs, sagas, webhooks and imports beyond those of `npm run verify`. */
const WorkInvariants = (options: { readonly webhookAttempts: number }): ReadonlyArray<VerifyCheck> => [
  new VerifyCheck(
    "I4",
    "a fulfilled order has taken each step of its saga, in the order of the life cycle",
    `SELECT 'order ' || o.id || ': ' || coalesce(string_agg(f.step, ', ' ORDER BY f.began_at), 'no step') AS witness
     FROM ended o JOIN orders p ON p.tenant_id = o.tenant_id AND p.id = o.id
     LEFT JOIN steps f ON f.tenant_id = o.tenant_id AND f.key = o.id || '/' || o.run
       AND f.direction = 'forward' AND f.done_at IS NOT NULL
     WHERE o.status = 'fulfilled' AND p.idempotency_key NOT LIKE 'seed:%'
     GROUP BY o.tenant_id, o.id, p.needs_approval
     -- A run that the next release of the bed has begun may have its step, in the one place where it belongs.
     HAVING coalesce(replace(string_agg(f.step, ' ' ORDER BY f.began_at), 'seal capture', 'capture'), '')
       <> 'reserve authorise '
       || CASE WHEN p.needs_approval THEN 'approve ' ELSE '' END || 'capture book confirm'`
  ),
  new VerifyCheck(
    "I6",
    "an order that was placed has one job a run",
    `SELECT 'order ' || o.id || ', run ' || r.run || ': ' || count(j.id) || ' jobs '
       || coalesce(string_agg(j.id || ' ' || j.status, ', ' ORDER BY j.id), '') AS witness
     FROM orders o CROSS JOIN LATERAL generate_series(1, o.run) r (run)
     LEFT JOIN jobs j ON j.tenant_id = o.tenant_id AND j.name = 'fulfil-order'
       AND j.payload ->> 'orderId' = o.id::text AND (j.payload ->> 'run')::int = r.run
     WHERE o.idempotency_key NOT LIKE 'seed:%'
     GROUP BY o.tenant_id, o.id, r.run HAVING count(j.id) <> 1`
  ),
  new VerifyCheck(
    "I6",
    "a refund that was asked for has one job",
    `SELECT 'refund ' || r.id || ': ' || count(j.id) || ' jobs' AS witness
     FROM refunds r LEFT JOIN jobs j ON j.tenant_id = r.tenant_id AND j.name = 'refund-order'
       AND j.payload ->> 'refundId' = r.id::text
     GROUP BY r.tenant_id, r.id HAVING count(j.id) <> 1`
  ),
  new VerifyCheck(
    "I6",
    "a job has at most as many attempts as it may have, and ends only once",
    `SELECT 'job ' || id || ' (' || name || '): ' || status || ', attempts ' || attempts || ' of ' || max_attempts AS witness
     FROM jobs WHERE attempts > max_attempts
       OR (status IN ('queued', 'running')) <> (finished_at IS NULL)`
  ),
  new VerifyCheck(
    "I6",
    "no job was given up",
    `SELECT 'job ' || id || ' (' || name || ') is dead: ' || coalesce(last_error, '') AS witness
     FROM jobs WHERE status = 'dead'`
  ),
  new VerifyCheck(
    "I9",
    "each event has a delivery for each endpoint that asked for it",
    `SELECT e.type || ' ' || e.id || ' (event ' || e.seq || ') for endpoint ' || w.id AS witness
     FROM webhook_endpoints w
     JOIN event_cursors c ON c.tenant_id = w.tenant_id AND c.subscriber = 'webhooks'
     JOIN events e ON e.tenant_id = w.tenant_id AND e.seq <= c.seq
       AND (e.type = ANY (w.types) OR '*' = ANY (w.types))
     -- An event of the seconds in which the endpoint was made may have been before it.
       AND e.occurred_at > w.created_at + interval '5 seconds'
     WHERE w.enabled AND w.disabled_reason IS NULL AND NOT EXISTS (
       SELECT 1 FROM webhook_deliveries d
       WHERE d.tenant_id = w.tenant_id AND d.endpoint_id = w.id AND d.message_id = e.id::text)`
  ),
  new VerifyCheck(
    "I9",
    "an event is one message to an endpoint",
    `SELECT 'endpoint ' || endpoint_id || ': ' || type || ' as ' || string_agg(message_id, ' and ' ORDER BY message_id)
       AS witness
     FROM webhook_deliveries GROUP BY tenant_id, endpoint_id, type, md5(body) HAVING count(*) > 1`
  ),
  new VerifyCheck(
    "I9",
    "a delivery has at most the attempts of the schedule, never two within a second",
    `SELECT 'delivery ' || d.id || ': ' || d.attempts || ' attempts' AS witness
     FROM webhook_deliveries d WHERE d.attempts > ${options.webhookAttempts}
     UNION ALL
     SELECT 'delivery ' || delivery_id || ': attempt ' || attempt || ' at ' || at || ' after one at ' || before
     FROM (SELECT delivery_id, attempt, at,
             lag(at) OVER (PARTITION BY tenant_id, delivery_id ORDER BY at) AS before,
             lag(attempt) OVER (PARTITION BY tenant_id, delivery_id ORDER BY at) AS before_attempt
           FROM webhook_attempts) tried
     WHERE attempt > before_attempt AND at < before + interval '1 second'`
  ),
  new VerifyCheck(
    "I9",
    "what counts as delivered was answered with 2xx",
    `SELECT 'delivery ' || d.id || ' of message ' || d.message_id AS witness FROM webhook_deliveries d
     WHERE d.status = 'delivered' AND NOT EXISTS (
       SELECT 1 FROM webhook_attempts a WHERE a.tenant_id = d.tenant_id AND a.delivery_id = d.id
         AND a.status_code BETWEEN 200 AND 299)`
  ),
  new VerifyCheck(
    "I10",
    "a completed import has made, skipped and rejected what it counts",
    `SELECT 'import ' || i.id || ': created ' || i.created || ', orders ' || coalesce(o.count, 0) || ', units ' || i.units
       || ', skipped ' || i.skipped || ', rejected ' || i.rejected || ', noted ' || coalesce(r.count, 0) AS witness
     FROM imports i
     LEFT JOIN (SELECT tenant_id, split_part(idempotency_key, ':', 2) AS import_id, count(*) AS count FROM orders
       WHERE idempotency_key LIKE 'import:%' GROUP BY 1, 2) o
       ON o.tenant_id = i.tenant_id AND o.import_id = i.id::text
     LEFT JOIN (SELECT tenant_id, import_id, count(*) AS count FROM import_rejections GROUP BY 1, 2) r
       ON r.tenant_id = i.tenant_id AND r.import_id = i.id
     WHERE i.status = 'completed' AND (i.rejected <> coalesce(r.count, 0) OR i.committed_unit <> i.units
       OR (i.kind = 'orders' AND (i.created <> coalesce(o.count, 0) OR i.created + i.skipped <> i.units))
       OR (i.kind = 'products' AND i.created + i.updated <> i.units))`
  ),
  new VerifyCheck(
    "I10",
    "an imported order belongs to an import",
    `SELECT 'order ' || o.id || ' (' || o.idempotency_key || ')' AS witness FROM orders o
     WHERE o.idempotency_key LIKE 'import:%' AND NOT EXISTS (SELECT 1 FROM imports i
       WHERE i.tenant_id = o.tenant_id AND i.id::text = split_part(o.idempotency_key, ':', 2))`
  ),
  new VerifyCheck(
    "I11",
    "no row was claimed under an epoch that its lane has not reached",
    `SELECT 'job ' || j.id || ': epoch ' || j.claimed_epoch || ' of ' || p.epoch AS witness
     FROM jobs j JOIN lane_partitions p USING (partition) WHERE j.claimed_epoch > p.epoch
     UNION ALL SELECT 'delivery ' || d.id || ': epoch ' || d.claimed_epoch || ' of ' || p.epoch
     FROM webhook_deliveries d JOIN lane_partitions p USING (partition) WHERE d.claimed_epoch > p.epoch`
  ),
  new VerifyCheck(
    "L2",
    "an order whose job has ended has ended, unless it waited for a person",
    `SELECT 'order ' || o.id || ' is ' || o.status || ', job ' || j.id || ' is ' || j.status AS witness
     FROM orders o JOIN jobs j ON j.tenant_id = o.tenant_id AND j.name = 'fulfil-order'
       AND j.payload ->> 'orderId' = o.id::text AND (j.payload ->> 'run')::int = o.run
     WHERE o.status NOT IN ('fulfilled', 'cancelled') AND NOT o.needs_approval AND j.finished_at < now() - interval '30 seconds'`
  )
]

export { WorkInvariants }
