import { SqlSchema, type Statement } from "@effect/sql"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"

const _Fence = Schema.Struct({
  partition: Schema.Number,
  epoch: Schema.Number,
  endpointId: Schema.String
})

const _Claimed = Schema.Struct({
  tenantId: Schema.String,
  id: Schema.String,
  messageId: Schema.String,
  type: Schema.String,
  body: Schema.String,
  /** Both null for a delivery of an older version. */
  requestId: Schema.NullOr(Schema.String),
  traceparent: Schema.NullOr(Schema.String),
  /** Made so far. */
  attempts: Schema.Number,
  url: Schema.String,
  secret: Schema.Redacted(Schema.String)
})

const _Completion = Schema.Struct({ written: Schema.Number, disabled: Schema.Boolean })

declare namespace WebhookQueue {
  type Fence = typeof _Fence.Type
  type Claimed = typeof _Claimed.Type
  type Result = {
    readonly tenantId: string
    readonly id: string
    readonly status: "pending" | "delivered" | "dead"
    readonly attempt: number
    /** ISO 8601. */
    readonly at: string
    readonly latencyMillis: number
    readonly statusCode: number | null
    readonly error: string | null
    readonly responseBody: string
    readonly traceId: string | null
    /** Until the next attempt; null unless pending. */
    readonly delayMillis: number | null
  }
  type Completion = typeof _Completion.Type
  type Shape = {
    /** A query for the due deliveries of enabled endpoints, as lanes want it. */
    readonly due: (partitions: ReadonlyArray<number>) => Statement.Fragment
    /**
     * At most 16 due deliveries of an enabled endpoint. An endpoint has one turn at a time, so a claim found
     * on a row was left behind by a turn that ended without writing, and does not count.
     */
    readonly claim: (fence: Fence) => Effect.Effect<ReadonlyArray<Claimed>>
    /** Writes nothing (`written` 0) once the partition has another owner. */
    readonly complete: (fence: Fence, results: ReadonlyArray<Result>) => Effect.Effect<Completion>
    /**
     * Milliseconds until the next delivery is due; none when nothing waits or the partition has another
     * owner.
     */
    readonly nextDueMillis: (fence: Fence) => Effect.Effect<Option.Option<number>>
  }
}

const _batch = 16

/**
 * The lane's side of the deliveries, as `tessera_infra`: every write is fenced by the epoch of the partition.
 */
class WebhookQueue extends Context.Tag("infra/webhooks/WebhookQueue")<WebhookQueue, WebhookQueue.Shape>() {
  static readonly layer = Layer.effect(
    WebhookQueue,
    Effect.gen(function* () {
      const sql = yield* InfraSql

      const fenced = ({ partition, epoch }: WebhookQueue.Fence) => sql`fence AS MATERIALIZED (
        SELECT epoch FROM lane_partitions WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE)`

      const failing = (delivered: boolean) => sql`(NOT ${delivered}::boolean
        AND coalesce(e.failing_since < now() - interval '5 days', false))`

      const due: WebhookQueue.Shape["due"] = (partitions) => sql`
        SELECT d.partition, d.endpoint_id::text AS key, d.next_due AS due_at FROM webhook_deliveries d
        JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id AND e.enabled
        WHERE d.partition = ANY (${partitions}::smallint[]) AND d.next_due <= now()`

      const claim = SqlSchema.findAll({
        Request: _Fence,
        Result: _Claimed,
        execute: (fence) => sql`
          WITH ${fenced(fence)}, due AS MATERIALIZED (
            SELECT d.tenant_id, d.id, e.url, e.secret FROM webhook_deliveries d
            JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id AND e.enabled
            WHERE d.endpoint_id = ${fence.endpointId} AND d.next_due <= now()
            ORDER BY d.next_due, d.id LIMIT ${_batch}
          )
          UPDATE webhook_deliveries d SET claimed_epoch = fence.epoch FROM fence, due
          WHERE d.tenant_id = due.tenant_id AND d.id = due.id AND d.next_due IS NOT NULL
          RETURNING d.tenant_id, d.id, d.message_id, d.type, d.body, d.request_id, d.traceparent,
            d.attempts, due.url, due.secret`
      })

      /**
       * An answer of 410, or 5 days without a 2xx, disables the endpoint and takes the times off its
       * deliveries.
       */
      const completed = SqlSchema.single({
        Request: Schema.Struct({
          ..._Fence.fields,
          results: Schema.String,
          delivered: Schema.Boolean,
          gone: Schema.Boolean
        }),
        Result: _Completion,
        execute: ({ results, delivered, gone, ...fence }) => sql`
          WITH ${fenced(fence)}, endpoint AS (
            UPDATE webhook_endpoints e SET
              failing_since = CASE WHEN NOT ${delivered}::boolean THEN coalesce(e.failing_since, now()) END,
              enabled = e.enabled AND NOT (${gone}::boolean OR ${failing(delivered)}),
              disabled_reason = CASE WHEN ${gone}::boolean THEN 'Answered 410 Gone'
                WHEN ${failing(delivered)} THEN 'Failed for 5 days' ELSE e.disabled_reason END
            FROM fence
            WHERE e.id = ${fence.endpointId}
              AND (${gone}::boolean OR NOT ${delivered}::boolean OR e.failing_since IS NOT NULL)
            RETURNING e.enabled
          ), result AS MATERIALIZED (
            SELECT r.*, coalesce(endpoint.enabled, true) AS enabled
            FROM fence LEFT JOIN endpoint ON true, jsonb_to_recordset(${results}::jsonb) AS r("tenantId" uuid,
              id uuid, status text, attempt int, at timestamptz, "latencyMillis" int, "statusCode" int,
              error text, "responseBody" text, "traceId" text, "delayMillis" float8)
          ), attempt AS (
            INSERT INTO webhook_attempts
              (tenant_id, delivery_id, attempt, at, latency_millis, status_code, error, response_body,
                trace_id)
            SELECT r."tenantId", r.id, r.attempt, r.at, r."latencyMillis", r."statusCode", r.error,
              r."responseBody", r."traceId"
            FROM result r JOIN webhook_deliveries d ON d.tenant_id = r."tenantId" AND d.id = r.id
            ON CONFLICT DO NOTHING
          ), done AS (
            UPDATE webhook_deliveries d SET status = r.status, attempts = r.attempt, claimed_epoch = NULL,
              last_status_code = r."statusCode", next_due = CASE WHEN r.enabled AND e.enabled
                THEN now() + r."delayMillis" * interval '1 millisecond' END
            FROM result r, webhook_endpoints e
            WHERE d.tenant_id = r."tenantId" AND d.id = r.id AND d.claimed_epoch = ${fence.epoch}
              AND e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
            RETURNING d.id
          ), paused AS (
            UPDATE webhook_deliveries d SET next_due = NULL FROM endpoint
            WHERE NOT endpoint.enabled AND d.endpoint_id = ${fence.endpointId} AND d.next_due IS NOT NULL
              AND d.id NOT IN (SELECT id FROM result)
          )
          SELECT (SELECT count(*) FROM done)::int AS written,
            coalesce((SELECT NOT enabled FROM endpoint), false) AS disabled`
      })

      const nextDueMillis: WebhookQueue.Shape["nextDueMillis"] = (fence) =>
        sql<{ readonly millis: number | null }>`
          WITH ${fenced(fence)}
          SELECT (extract(epoch FROM min(d.next_due) - now()) * 1000)::float8 AS millis
          FROM fence, webhook_deliveries d
          JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id AND e.enabled
          WHERE d.endpoint_id = ${fence.endpointId} AND d.next_due IS NOT NULL`.pipe(
          Effect.orDie,
          Effect.map(([row]) => Option.fromNullable(row?.millis))
        )

      return WebhookQueue.of({
        due,
        claim: (fence) => Effect.orDie(claim(fence)),
        complete: (fence, results) =>
          completed({
            ...fence,
            results: JSON.stringify(results),
            delivered: results.some(({ status }) => status === "delivered"),
            gone: results.some(({ statusCode }) => statusCode === 410)
          }).pipe(Effect.orDie),
        nextDueMillis
      })
    })
  )
}

export { WebhookQueue }
