import { SqlClient } from "@effect/sql"
import { Order } from "@tessera/shared/order/order"
import { Effect } from "effect"

/** The moments that decide on which side of an edge a row falls: of every range, and of the day. */
const _instants = `WITH edge(at) AS (
    SELECT date_bin(step, now(), 'epoch') + step - buckets * step
    FROM (VALUES (interval '60 s', 60), (interval '900 s', 96), (interval '7200 s', 84),
      (interval '86400 s', 30)) AS span(step, buckets)
    UNION ALL SELECT date_trunc('day', now(), 'UTC')
    UNION ALL SELECT date_trunc('day', now(), 'UTC') - interval '1 day'
  ), told(at) AS (
    SELECT at + off FROM edge,
      (VALUES (interval '-1 us'), (interval '0'), (interval '1 us')) AS offs(off)
    UNION ALL SELECT now() - ((n * n * 37) % 2750000) * interval '1 s' FROM generate_series(1, 240) AS n
    UNION ALL SELECT now() - ((n * 13) % 3600) * interval '1 s' FROM generate_series(1, 80) AS n
  ) SELECT row_number() OVER (ORDER BY at, random()) AS n, at FROM told`

/**
 * A tenant with orders in all states, undone and refunded money, imports, jobs and deliveries around the
 * edges of every bucket that matters; `factor` makes its amounts another tenant's. As a superuser.
 */
const DashboardRows = {
  fill: (tenant: string, factor: number) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slug = `t${factor}`
      yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenant}, ${slug}, ${slug}, 'EUR')`
      yield* sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${tenant}, ${tenant}, '1', 'Ada')`
      yield* sql`CREATE TEMP TABLE told ON COMMIT PRESERVE ROWS AS ${sql.literal(_instants)}`
      yield* _orders(tenant)
      yield* _money(tenant, factor)
      yield* _work(tenant, factor)
      yield* _deliveries(tenant, factor)
      yield* sql`INSERT INTO event_heads (tenant_id, partition, seq) VALUES (${tenant}, 0, ${70 + factor})`
      yield* sql`DROP TABLE told`
    })
} as const

const _orders = (tenant: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
        payment_token, postcode, idempotency_key, request_hash, placed_at, ended_at)
      SELECT ${tenant}, gen_random_uuid(), n::text, ${tenant}, status, 0, 'EUR', 'tok_ok', '12345', n::text,
        '', at, CASE WHEN status IN ('fulfilled', 'cancelled') AND n % 9 > 0
          THEN at + (n * 7919 % 60000) * interval '1 ms' END
      FROM (SELECT n, at, (${Order.Status.literals}::text[])[1 + n % 8] AS status FROM told) AS o`
  })

/** Half of it is captured with the order, so that it falls on the same side of an edge or on the other. */
const _money = (tenant: string, factor: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO payments (tenant_id, order_id, run, status, amount_minor, currency, captured_at,
        refunded_at)
      SELECT ${tenant}, id, 1, CASE WHEN status <> 'cancelled' THEN 'captured'
          WHEN n % 3 = 0 THEN 'voided' ELSE 'refunded' END, n * 101 * ${factor}, 'EUR',
        CASE WHEN status <> 'cancelled' OR n % 3 > 0 THEN placed_at + (n % 2) * interval '1 us' END,
        CASE WHEN status = 'cancelled' AND n % 3 > 0 THEN placed_at + (n % 5) * interval '1 hour' END
      FROM (SELECT *, number::int AS n FROM orders WHERE tenant_id = ${tenant}) AS o
      WHERE status IN ('captured', 'booked', 'fulfilled', 'cancelled')`
    yield* sql`INSERT INTO refunds (tenant_id, id, order_id, run, status, amount_minor, currency, requested_by,
        ended_at, failure, idempotency_key, request_hash)
      SELECT ${tenant}, gen_random_uuid(), id, 1, status, n * 7 * ${factor}, 'EUR', 'Ada',
        CASE WHEN status <> 'requested' THEN placed_at END, CASE WHEN status = 'refused' THEN 'no' END,
        n::text, ''
      FROM (SELECT id, placed_at, number::int AS n,
          (ARRAY['paid', 'paid', 'requested', 'refused'])[1 + number::int % 13 % 4] AS status
        FROM orders WHERE tenant_id = ${tenant} AND orders.status = 'fulfilled') AS o`
  })

const _work = (tenant: string, factor: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO imports (tenant_id, id, kind, status, file_name, file_bytes, file_hash, object_key,
        autocommit, created, updated, rejected, committed_unit, finished_at)
      SELECT ${tenant}, gen_random_uuid(), 'orders', status, 'a', 1, '', 'a', true, n * ${factor}, 3, n % 4,
        CASE WHEN n % 3 > 0 THEN n ELSE 0 END,
        CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN at END
      FROM (SELECT n, at, (ARRAY['uploaded', 'previewing', 'ready', 'committing', 'completed', 'failed',
        'cancelled'])[1 + n % 7] AS status FROM told) AS i`
    yield* sql`INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status,
        max_attempts, next_due, last_error, finished_at)
      SELECT ${tenant}, gen_random_uuid(), 'q', 'j', 'l', 0, '{}', '{}', status, 3,
        CASE WHEN status IN ('queued', 'running') THEN at END, CASE WHEN status = 'dead' OR n % 2 = 0
          THEN 'why' END, CASE WHEN status NOT IN ('queued', 'running') THEN at END
      FROM (SELECT n, at, (ARRAY['queued', 'running', 'succeeded', 'dead', 'cancelled', 'queued'])
        [1 + n % (4 + ${factor})] AS status FROM told) AS j`
  })

/** More than a thousand in the newest hour: percentiles leave the older ones out. */
const _deliveries = (tenant: string, factor: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`INSERT INTO webhook_endpoints (tenant_id, id, url, types, secret)
      VALUES (${tenant}, ${tenant}, 'http://a.test', '{}', '')`
    yield* sql`INSERT INTO webhook_deliveries (tenant_id, id, endpoint_id, partition, message_id, type, body,
        status, created_at)
      SELECT ${tenant}, gen_random_uuid(), ${tenant}, 0, n::text, 'a', '',
        (ARRAY['delivered', 'delivered', 'pending', 'dead'])[1 + n % (2 + ${factor})], at
      FROM (SELECT n, at FROM told
        UNION ALL SELECT 10000 + n, now() - (n * 3) * interval '1 s' FROM generate_series(1, 1150) AS n) AS d`
    yield* sql`INSERT INTO webhook_attempts (tenant_id, delivery_id, attempt, at, latency_millis, response_body)
      SELECT tenant_id, id, attempt, created_at, (message_id::int * 7919 / attempt) % 997, ''
      FROM webhook_deliveries, generate_series(1, 2) AS attempt
      WHERE tenant_id = ${tenant} AND (status <> 'pending' OR message_id::int % 5 = 0)`
  })

export { DashboardRows }
