import { SqlClient, SqlSchema } from "@effect/sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Order } from "@tessera/shared/order/order"
import { Context, Effect, Layer, Schema } from "effect"

declare namespace DashboardRepo {
  type Shape = { readonly now: Effect.Effect<Dashboard.Model, never, Tenancy.Current> }
}

/**
 * The numbers in one statement, so that all of them are of one moment. Days are UTC. Of the last thirty each
 * shows what is left of what was captured on it; today's revenue is less whatever went back today, of
 * whichever day it was, and never below zero.
 */
class DashboardRepo extends Context.Tag("api/dashboard/DashboardRepo")<DashboardRepo, DashboardRepo.Shape>() {
  static readonly layer = Layer.effect(
    DashboardRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database

      const select = SqlSchema.single({
        Request: Schema.Struct({ tenantId: Tenancy.Id, statuses: Schema.Array(Order.Status) }),
        Result: Dashboard.Model,
        execute: ({ tenantId, statuses }) => sql`
          WITH clock AS (
            SELECT date_trunc('day', now(), 'UTC') AS today
          ), by_status AS (
            SELECT status, count(*) AS count FROM orders WHERE tenant_id = ${tenantId} GROUP BY status
          ), days AS (
            SELECT generate_series(today - interval '29 days', today, interval '1 day') AS day FROM clock
          ), placed AS (
            SELECT date_trunc('day', placed_at, 'UTC') AS day, count(*) AS orders
            FROM orders, clock
            WHERE tenant_id = ${tenantId} AND placed_at >= today - interval '29 days' GROUP BY 1
          ), earned AS (
            SELECT date_trunc('day', captured_at, 'UTC') AS day, sum(amount_minor - refunded_minor) AS minor
            FROM clock, payments p JOIN orders o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
            WHERE p.tenant_id = ${tenantId} AND captured_at >= today - interval '29 days'
              AND o.status = 'fulfilled' GROUP BY 1
          ), deliveries AS (
            SELECT count(*) FILTER (WHERE status = 'delivered') AS delivered,
              count(*) FILTER (WHERE status = 'pending') AS pending,
              count(*) FILTER (WHERE status = 'dead') AS failed
            FROM webhook_deliveries
            WHERE tenant_id = ${tenantId} AND created_at >= now() - interval '24 hours'
          )
          SELECT
            (SELECT jsonb_agg(jsonb_build_object('status', s.status, 'count', coalesce(b.count, 0))
                ORDER BY s.place)
              FROM unnest(${statuses}::text[]) WITH ORDINALITY AS s(status, place)
              LEFT JOIN by_status b ON b.status = s.status) AS orders_by_status,
            (SELECT greatest(0,
              coalesce(sum(amount_minor) FILTER (WHERE captured_at >= today), 0)
                - coalesce(sum(amount_minor) FILTER (WHERE refunded_at >= today), 0)
                - (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r, clock
                   WHERE r.tenant_id = ${tenantId} AND r.status = 'paid'
                     AND r.ended_at >= clock.today))::bigint
              FROM payments, clock
              WHERE tenant_id = ${tenantId} AND captured_at IS NOT NULL
                AND (captured_at >= today OR refunded_at >= today)) AS revenue_today_minor,
            coalesce((SELECT orders FROM placed, clock WHERE day = today), 0) AS orders_today,
            t.currency,
            (SELECT coalesce(sum(count), 0)::bigint FROM by_status
              WHERE status NOT IN ('fulfilled', 'cancelled')) AS sagas_in_flight,
            (SELECT count(*) FROM imports
              WHERE tenant_id = ${tenantId} AND status IN ('previewing', 'committing')) AS imports_running,
            (SELECT to_jsonb(deliveries) FROM deliveries) AS webhooks,
            (SELECT jsonb_agg(jsonb_build_object(
                'day', to_char(days.day AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                'revenueMinor', coalesce(earned.minor, 0), 'orders', coalesce(placed.orders, 0)
              ) ORDER BY days.day)
              FROM days LEFT JOIN placed USING (day) LEFT JOIN earned USING (day)) AS daily,
            coalesce((SELECT seq FROM event_heads WHERE tenant_id = ${tenantId}), 0) AS seq
          FROM tenants t WHERE t.id = ${tenantId}`
      })

      return DashboardRepo.of({
        now: Tenancy.Current.pipe(
          Effect.flatMap(({ tenantId }) => select({ tenantId, statuses: Order.Status.literals })),
          Effect.orDie,
          database.transaction,
          Effect.withSpan("DashboardRepo.now")
        )
      })
    })
  )
}

export { DashboardRepo }
