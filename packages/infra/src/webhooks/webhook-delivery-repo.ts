import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { type RowCursor } from "../storage/row-cursor.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { WebhookRecord } from "./webhook-record.ts"

const _Key = Schema.Struct({ tenantId: Schema.String, id: Schema.String })

const _Slice = Schema.Struct({
  tenantId: Schema.String,
  createdAt: Schema.String,
  id: Schema.String,
  limit: Schema.Number,
  endpointId: Schema.NullOr(Schema.String),
  status: Schema.NullOr(WebhookRecord.Delivery.fields.status)
})

declare namespace WebhookDeliveryRepo {
  type Delivery = WebhookRecord.Delivery
  type Draft = Pick<Delivery, "id" | "endpointId" | "messageId" | "type"> & {
    readonly partition: number
    readonly body: string
    readonly requestId: string
    readonly traceparent: string | null
  }
  type Slice = {
    readonly after: RowCursor.Key
    readonly limit: number
    readonly endpointId: string | null
    readonly status: Delivery["status"] | null
  }
  type Shape = {
    /** A message that the endpoint has already is left out. */
    readonly insert: (drafts: ReadonlyArray<Draft>) => Effect.Effect<void, never, Tenancy.Current>
    /** Newest first, one row more than the limit when there are more. */
    readonly list: (slice: Slice) => Effect.Effect<ReadonlyArray<Delivery>, never, Tenancy.Current>
    readonly byId: (id: string) => Effect.Effect<Option.Option<Delivery>, never, Tenancy.Current>
    /** As if it were new, under the same message id; at once, or when its endpoint is enabled again. */
    readonly reschedule: (id: string) => Effect.Effect<Option.Option<Delivery>, never, Tenancy.Current>
    /** Oldest first. */
    readonly attempts: (
      id: string
    ) => Effect.Effect<ReadonlyArray<WebhookRecord.Attempt>, never, Tenancy.Current>
  }
}

/** Rows of `webhook_deliveries` of the current tenant, to be used inside `Database.transaction`. */
class WebhookDeliveryRepo extends Context.Tag("infra/webhooks/WebhookDeliveryRepo")<
  WebhookDeliveryRepo,
  WebhookDeliveryRepo.Shape
>() {
  static readonly layer = Layer.effect(
    WebhookDeliveryRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql.literal(`d.id, d.endpoint_id, d.message_id, d.type, d.status, d.attempts,
        d.last_status_code, d.next_due AS next_attempt_at, d.created_at`)

      const selectSlice = SqlSchema.findAll({
        Request: _Slice,
        Result: WebhookRecord.Delivery,
        execute: ({ tenantId, createdAt, id, limit, endpointId, status }) => sql`
          SELECT ${columns} FROM webhook_deliveries d
          WHERE d.tenant_id = ${tenantId}
            AND (d.created_at, d.id) < (${createdAt}::timestamptz, ${id}::uuid)
            AND (${endpointId}::uuid IS NULL OR d.endpoint_id = ${endpointId}::uuid)
            AND (${status}::text IS NULL OR d.status = ${status}::text)
          ORDER BY d.created_at DESC, d.id DESC LIMIT ${limit}`
      })

      const selectOne = SqlSchema.findOne({
        Request: _Key,
        Result: WebhookRecord.Delivery,
        execute: ({ tenantId, id }) =>
          sql`SELECT ${columns} FROM webhook_deliveries d WHERE d.tenant_id = ${tenantId} AND d.id = ${id}`
      })

      /**
       * Without its claim: an attempt under way keeps its log entry, but no longer decides what comes next.
       */
      const updateDue = SqlSchema.findOne({
        Request: _Key,
        Result: WebhookRecord.Delivery,
        execute: ({ tenantId, id }) => sql`
          UPDATE webhook_deliveries d SET status = 'pending', attempts = 0, claimed_epoch = NULL,
            next_due = CASE WHEN e.enabled THEN now() END
          FROM webhook_endpoints e
          WHERE d.tenant_id = ${tenantId} AND d.id = ${id}
            AND e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
          RETURNING ${columns}`
      })

      const selectAttempts = SqlSchema.findAll({
        Request: _Key,
        Result: WebhookRecord.Attempt,
        execute: ({ tenantId, id }) => sql`
          SELECT a.attempt, a.at, a.latency_millis, a.status_code, a.error, d.body AS request_body,
            a.response_body
          FROM webhook_attempts a
          JOIN webhook_deliveries d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id
          WHERE a.tenant_id = ${tenantId} AND a.delivery_id = ${id} ORDER BY a.at, a.attempt`
      })

      const insert: WebhookDeliveryRepo.Shape["insert"] = Effect.fn("WebhookDeliveryRepo.insert")(function* (
        drafts
      ) {
        const { tenantId } = yield* Tenancy.Current
        yield* sql`
          INSERT INTO webhook_deliveries
            (tenant_id, id, endpoint_id, partition, message_id, type, body, status, next_due, request_id,
              traceparent)
          SELECT ${tenantId}, id, "endpointId", partition, "messageId", type, body, 'pending', now(),
            "requestId", traceparent
          FROM jsonb_to_recordset(${JSON.stringify(drafts)}::jsonb) AS d(id uuid, "endpointId" uuid,
            partition smallint, "messageId" text, type text, body text, "requestId" text, traceparent text)
          ON CONFLICT (tenant_id, endpoint_id, message_id) DO NOTHING`
      }, Effect.orDie)

      const list: WebhookDeliveryRepo.Shape["list"] = Effect.fn("WebhookDeliveryRepo.list")(function* (
        slice
      ) {
        const { tenantId } = yield* Tenancy.Current
        const { endpointId, status } = slice
        return yield* selectSlice({ ...slice.after, tenantId, endpointId, status, limit: slice.limit + 1 })
      }, Effect.orDie)

      const keyed =
        <A, E>(query: (key: typeof _Key.Type) => Effect.Effect<A, E>) =>
        (id: string) =>
          Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query({ tenantId, id })))

      return WebhookDeliveryRepo.of({
        insert,
        list,
        byId: keyed(selectOne),
        reschedule: keyed(updateDue),
        attempts: keyed(selectAttempts)
      })
    })
  )
}

export { WebhookDeliveryRepo }
