/**
 * Every statement on `jobs` that is written more than now and then; each is prepared once a connection. Rows
 * come as one JSON parameter, so that a statement has the same text whatever their number.
 */
const JobStatements = {
  /** Rows of any number of tenants, each under the tenant that it names. */
  insert: `INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, traceparent, status,
      max_attempts, dedupe_key, next_due)
    SELECT "tenantId", id, queue, name, lane, partition, payload, actor, traceparent, 'queued',
      "maxAttempts", "dedupeKey", now()
    FROM jsonb_to_recordset($1::jsonb) AS d("tenantId" uuid, id uuid, queue text, name text, lane text,
      partition smallint, payload jsonb, actor jsonb, traceparent text, "maxAttempts" int, "dedupeKey" text)`,

  /** Follows an insert: a live job of the same key stands for the new one. */
  onKey: `ON CONFLICT (tenant_id, name, dedupe_key) WHERE dedupe_key IS NOT NULL AND next_due IS NOT NULL
    DO UPDATE SET dedupe_key = excluded.dedupe_key RETURNING id`,

  /**
   * Due rows of several lanes, each under its own fence, and when the next ones of each lane are due. A lane
   * that gets nothing has one row without a job; one whose partition has another owner has none.
   */
  claim: `WITH want AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS w(place int,
        partition smallint, epoch bigint, lane text, "limit" int, "inFlight" uuid[])
    ), fence AS MATERIALIZED (
      SELECT p.partition, p.epoch FROM lane_partitions p
      WHERE p.partition IN (SELECT partition FROM want) ORDER BY p.partition FOR SHARE
    ), own AS MATERIALIZED (
      SELECT want.* FROM want JOIN fence USING (partition, epoch)
    ), due AS MATERIALIZED (
      SELECT own.place, own.epoch, found.tenant_id, found.id FROM own CROSS JOIN LATERAL (
        SELECT j.tenant_id, j.id FROM jobs j
        WHERE j.partition = own.partition AND j.lane = own.lane AND j.next_due <= now()
          AND (j.status = 'queued' OR (j.status = 'running'
            AND (j.claimed_epoch < own.epoch OR j.id <> ALL (own."inFlight"))))
        ORDER BY j.next_due, j.id LIMIT own."limit") AS found
    ), claimed AS (
      UPDATE jobs j SET status = 'running', claimed_epoch = due.epoch, attempts = attempts + 1
      FROM due WHERE j.tenant_id = due.tenant_id AND j.id = due.id
      RETURNING due.place, j.tenant_id, j.id, j.name, j.payload, j.actor::text, j.traceparent,
        j.attempts, j.max_attempts, j.next_due
    ), later AS MATERIALIZED (
      SELECT own.place, (SELECT (extract(epoch FROM min(j.next_due) - now()) * 1000)::float8
        FROM jobs j WHERE j.partition = own.partition AND j.lane = own.lane
          AND j.next_due > now()) AS next_millis FROM own
    )
    SELECT later.place, later.next_millis AS "nextMillis", c.tenant_id AS "tenantId", c.id, c.name,
      c.payload, c.actor, c.traceparent, c.attempts, c.max_attempts AS "maxAttempts"
    FROM later LEFT JOIN claimed c USING (place) ORDER BY c.next_due, c.id`,

  /** Results under their fences; gives the rows that were written. */
  complete: `WITH done AS MATERIALIZED (
      SELECT d.* FROM jsonb_to_recordset($1::jsonb)
        AS d(id uuid, "tenantId" uuid, partition smallint, epoch bigint, status text,
          "delayMillis" float8, error text)
    ), fence AS MATERIALIZED (
      SELECT p.partition, p.epoch FROM lane_partitions p
      WHERE p.partition IN (SELECT partition FROM done) ORDER BY p.partition FOR SHARE
    )
    UPDATE jobs j SET
      status = done.status,
      next_due = now() + done."delayMillis" * interval '1 millisecond',
      finished_at = CASE WHEN done."delayMillis" IS NULL THEN clock_timestamp() END,
      claimed_epoch = NULL,
      last_error = done.error,
      errors = CASE WHEN done.error IS NULL THEN j.errors ELSE j.errors || jsonb_build_array(
        jsonb_build_object('attempt', j.attempts, 'at', now(), 'error', done.error)) END
    FROM done JOIN fence USING (partition, epoch)
    WHERE j.tenant_id = done."tenantId" AND j.id = done.id AND j.claimed_epoch = done.epoch
    RETURNING j.id`
} as const

export { JobStatements }
