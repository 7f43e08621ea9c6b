import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

declare namespace DashboardRepo {
  type Shape = {
    readonly now: (range: Dashboard.Range) => Effect.Effect<Dashboard.Model, never, Tenancy.Current>
    /** Milliseconds by the clock that dates the events. */
    readonly clock: Effect.Effect<number>
  }
}

/**
 * First attempts that are looked at for a percentile: a busy tenant makes hundreds of thousands in a
 * month.
 */
const _newest = 1000

/**
 * The numbers in one statement, so that all of them are of one moment. The range is half-open and ends where
 * the bucket of this moment ends; edges are multiples of the bucket's length since 1970, therefore UTC.
 */
class DashboardRepo extends Context.Tag("api/dashboard/DashboardRepo")<DashboardRepo, DashboardRepo.Shape>() {
  static readonly layer = Layer.effect(
    DashboardRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database

      const select = SqlSchema.single({
        Request: Schema.Struct({
          tenantId: Tenancy.Id,
          range: Dashboard.Range,
          bucketSeconds: Schema.Int,
          buckets: Schema.Int,
          statuses: Schema.Array(Order.Status)
        }),
        Result: Dashboard.Model,
        execute: ({ tenantId, range, bucketSeconds, buckets, statuses }) => sql`
          WITH clock AS (
            SELECT statement_timestamp() AS at, ${bucketSeconds} * interval '1 second' AS step
          ), span AS MATERIALIZED (
            SELECT at, step, date_bin(step, at, 'epoch') + step AS until,
              date_bin(step, at, 'epoch') + step - ${buckets}::int * step AS since
            FROM clock
          ), by_status AS MATERIALIZED (
            SELECT status, count(*) AS count FROM orders WHERE tenant_id = ${tenantId} GROUP BY status
          ), cohort AS MATERIALIZED (
            SELECT date_bin(step, placed_at, since) AS bucket, status, ended_at - placed_at AS took
            FROM orders, span
            WHERE tenant_id = ${tenantId} AND placed_at >= since AND placed_at < until
          ), placed AS MATERIALIZED (
            SELECT bucket, count(*) AS placed, count(*) FILTER (WHERE status = 'fulfilled') AS fulfilled,
              count(*) FILTER (WHERE status = 'cancelled') AS cancelled
            FROM cohort GROUP BY bucket
          ), captured AS MATERIALIZED (
            SELECT date_bin(step, captured_at, since) AS bucket, sum(amount_minor) AS minor
            FROM payments, span
            WHERE tenant_id = ${tenantId} AND captured_at >= since AND captured_at < until GROUP BY 1
          ), refunded AS MATERIALIZED (
            SELECT bucket, sum(minor) AS minor FROM (
              SELECT date_bin(step, refunded_at, since) AS bucket, amount_minor AS minor
              FROM payments, span
              WHERE tenant_id = ${tenantId} AND refunded_at >= since AND refunded_at < until
              UNION ALL
              SELECT date_bin(step, ended_at, since), amount_minor FROM refunds, span
              WHERE tenant_id = ${tenantId} AND status = 'paid' AND ended_at >= since AND ended_at < until
            ) AS returned GROUP BY bucket
          ), series AS (
            SELECT jsonb_agg(jsonb_build_object(
                'from', to_char(edge AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'placed', coalesce(p.placed, 0), 'fulfilled', coalesce(p.fulfilled, 0),
                'cancelled', coalesce(p.cancelled, 0),
                'revenueMinor', coalesce(c.minor, 0) - coalesce(r.minor, 0)
              ) ORDER BY edge) AS buckets
            FROM span CROSS JOIN LATERAL generate_series(since, until - step, step) AS edge
              LEFT JOIN placed p ON p.bucket = edge
              LEFT JOIN captured c ON c.bucket = edge
              LEFT JOIN refunded r ON r.bucket = edge
          ), took AS (
            SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY took) AS at
            FROM cohort WHERE status = 'fulfilled' AND took IS NOT NULL
          ), sagas AS (
            SELECT coalesce(sum(placed), 0) AS placed, coalesce(sum(fulfilled), 0) AS fulfilled,
              coalesce(sum(cancelled), 0) AS cancelled,
              coalesce(sum(placed - fulfilled - cancelled), 0) AS running,
              (SELECT jsonb_build_object('p50', (extract(epoch FROM at[1]) * 1000)::float8,
                'p95', (extract(epoch FROM at[2]) * 1000)::float8) FROM took WHERE at IS NOT NULL)
              AS "fulfilMillis"
            FROM placed
          ), money AS (
            SELECT coalesce((SELECT sum(minor) FROM captured), 0) AS "capturedMinor",
              coalesce((SELECT sum(minor) FROM refunded), 0) AS "refundedMinor"
          ), import_counts AS (
            SELECT count(*) FILTER (WHERE status IN ('previewing', 'committing')) AS running,
              count(*) FILTER (WHERE ended) AS finished,
              coalesce(sum(created + updated) FILTER (WHERE counted AND committed_unit > 0), 0) AS applied,
              coalesce(sum(rejected) FILTER (WHERE counted), 0) AS rejected
            FROM imports, span, LATERAL (SELECT finished_at >= since AND finished_at < until AS ended) AS e,
              LATERAL (SELECT ended OR status = 'committing' AS counted) AS c
            WHERE tenant_id = ${tenantId}
          ), job_counts AS (
            SELECT count(*) FILTER (WHERE status = 'queued') AS waiting,
              count(*) FILTER (WHERE status = 'running') AS running,
              (SELECT count(*) FROM jobs WHERE tenant_id = ${tenantId} AND status = 'dead'
                AND next_due IS NULL AND last_error IS NOT NULL) AS dead
            FROM jobs WHERE tenant_id = ${tenantId} AND next_due IS NOT NULL
          ), first_attempts AS (
            SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY a.latency_millis) AS at
            FROM (SELECT id FROM webhook_deliveries
                WHERE tenant_id = ${tenantId} AND created_at >= (SELECT since FROM span)
                  AND created_at < (SELECT until FROM span)
                ORDER BY created_at DESC, id DESC LIMIT ${_newest}) AS newest
              CROSS JOIN LATERAL (SELECT latency_millis FROM webhook_attempts
                WHERE tenant_id = ${tenantId} AND delivery_id = newest.id AND attempt = 1
                ORDER BY at LIMIT 1) AS a
          ), deliveries AS (
            SELECT count(*) FILTER (WHERE status = 'delivered') AS delivered,
              count(*) FILTER (WHERE status = 'pending') AS pending,
              count(*) FILTER (WHERE status = 'dead') AS failed,
              (SELECT jsonb_build_object('p50', at[1], 'p95', at[2])
                FROM first_attempts WHERE at IS NOT NULL) AS "firstAttemptMillis"
            FROM webhook_deliveries, span
            WHERE tenant_id = ${tenantId} AND created_at >= since AND created_at < until
          )
          SELECT ${range} AS range, span.at, ${bucketSeconds}::int AS bucket_seconds, t.currency,
            (SELECT jsonb_agg(jsonb_build_object('status', s.status, 'count', coalesce(b.count, 0))
                ORDER BY s.place)
              FROM unnest(${statuses}::text[]) WITH ORDINALITY AS s(status, place)
              LEFT JOIN by_status b ON b.status = s.status) AS orders_by_status,
            (SELECT coalesce(sum(count), 0)::bigint FROM by_status
              WHERE status NOT IN ('fulfilled', 'cancelled')) AS sagas_in_flight,
            (SELECT to_jsonb(sagas) FROM sagas) AS sagas,
            (SELECT to_jsonb(money) || jsonb_build_object('netMinor', "capturedMinor" - "refundedMinor")
              FROM money) AS revenue,
            (SELECT to_jsonb(import_counts) FROM import_counts) AS imports,
            (SELECT to_jsonb(job_counts) FROM job_counts) AS jobs,
            (SELECT to_jsonb(deliveries) FROM deliveries) AS webhooks,
            series.buckets,
            coalesce((SELECT seq FROM event_heads WHERE tenant_id = ${tenantId}), 0) AS seq
          FROM tenants t, span, series WHERE t.id = ${tenantId}`
      })

      return DashboardRepo.of({
        now: Effect.fn("DashboardRepo.now")(
          function* (range) {
            const { tenantId } = yield* Tenancy.Current
            return yield* select({
              tenantId,
              range,
              ...Dashboard.spans[range],
              statuses: Order.Status.literals
            })
          },
          Effect.orDie,
          database.transaction
        ),
        clock: sql<{ readonly millis: number }>`
          SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS millis`.pipe(
          Effect.map(([row]) => row?.millis ?? 0),
          Effect.orDie,
          Effect.withSpan("DashboardRepo.clock")
        )
      })
    })
  )
}

export { DashboardRepo }
