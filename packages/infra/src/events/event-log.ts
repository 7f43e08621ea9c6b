import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import { Trace } from "../context/trace.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventRecord } from "./event-record.ts"

declare namespace EventLog {
  type Draft = {
    readonly id: string
    readonly type: string
    readonly aggregateId: string
    readonly version: number
    readonly schemaVersion: number
    readonly payload: unknown
  }
  type Fence = { readonly partition: number; readonly epoch: number; readonly tenantId: Tenancy.Id }
  type Slice = { readonly items: ReadonlyArray<EventRecord>; readonly head: number }
  type Shape = {
    /**
     * Writes the outbox rows into the caller's transaction and answers the ids that are new; one that is
     * there already changes nothing.
     */
    readonly append: (
      drafts: ReadonlyArray<EventLog.Draft>,
      partition: number
    ) => Effect.Effect<ReadonlyArray<string>, never, Tenancy.Current>
    /** Gives the tenant's oldest unsequenced events their numbers, at most 500 at once; fenced. */
    readonly sequence: (fence: EventLog.Fence) => Effect.Effect<ReadonlyArray<EventRecord>>
    /** Events after a sequence number, oldest first, and the head of the log. */
    readonly after: (after: number, limit: number) => Effect.Effect<EventLog.Slice, never, Tenancy.Current>
    /** A query for the rows without a number, as lanes want it. */
    readonly unsequenced: (partitions: ReadonlyArray<number>) => Statement.Fragment
  }
}

const _batch = 500

/** Rows of `events`: outbox and log in one table, told apart by `seq`. */
class EventLog extends Context.Tag("infra/events/EventLog")<EventLog, EventLog.Shape>() {
  static readonly layer = Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql
      const database = yield* Database

      const append: EventLog.Shape["append"] = Effect.fn("EventLog.append")(function* (drafts, partition) {
        const actor = yield* Tenancy.Current
        const traceparent = yield* Trace.header
        const rows = JSON.stringify(drafts)
        const added = yield* Effect.orDie(sql<{ readonly id: string }>`
          INSERT INTO events (tenant_id, id, partition, type, aggregate_id, version, schema_version, payload,
            request_id, actor, traceparent)
          SELECT ${actor.tenantId}, id, ${partition}, type, "aggregateId", version, "schemaVersion", payload,
            ${actor.requestId}, ${JSON.stringify(actor)}::jsonb, ${traceparent}
          FROM ROWS FROM (jsonb_to_recordset(${rows}::jsonb)
            AS (id uuid, type text, "aggregateId" text, version int, "schemaVersion" int, payload jsonb))
            WITH ORDINALITY AS d(id, type, "aggregateId", version, "schemaVersion", payload, ordinality)
          ORDER BY ordinality
          ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id`)
        return added.map(({ id }) => id)
      })

      const numbered = SqlSchema.findAll({
        Request: Schema.Struct({
          partition: Schema.Number,
          epoch: Schema.Number,
          tenantId: Tenancy.Id
        }),
        Result: EventRecord,
        execute: ({ partition, epoch, tenantId }) => infra`
          WITH fence AS MATERIALIZED (
            SELECT epoch FROM lane_partitions WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
          ), batch AS MATERIALIZED (
            SELECT id, row_number() OVER (ORDER BY position) AS place
            FROM (SELECT id, position FROM events
                  WHERE partition = ${partition} AND tenant_id = ${tenantId} AND seq IS NULL
                  ORDER BY position LIMIT ${_batch}) oldest
          ), head AS (
            INSERT INTO event_heads AS h (tenant_id, partition, seq)
            SELECT ${tenantId}, ${partition}, (SELECT count(*) FROM batch) FROM fence
            ON CONFLICT (tenant_id) DO UPDATE SET seq = h.seq + excluded.seq
            RETURNING seq
          )
          UPDATE events SET seq = head.seq - (SELECT count(*) FROM batch) + batch.place
          FROM batch, head WHERE events.tenant_id = ${tenantId} AND events.id = batch.id
          RETURNING ${infra.unsafe(_qualified)}`
      })

      const selectAfter = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Tenancy.Id, after: Schema.Number, limit: Schema.Number }),
        Result: EventRecord,
        execute: ({ tenantId, after, limit }) => sql`
          SELECT ${sql.unsafe(EventRecord.columns)} FROM events
          WHERE tenant_id = ${tenantId} AND seq > ${after} ORDER BY seq LIMIT ${limit}`
      })

      const after: EventLog.Shape["after"] = Effect.fn("EventLog.after")(function* (from, limit) {
        const { tenantId } = yield* Tenancy.Current
        return yield* database.transaction(
          Effect.gen(function* () {
            const [row] = yield* sql<{ readonly seq: number }>`
              SELECT seq FROM event_heads WHERE tenant_id = ${tenantId}`
            const items = yield* selectAfter({ tenantId, after: from, limit })
            return { items, head: row?.seq ?? 0 }
          }).pipe(Effect.orDie)
        )
      })

      return EventLog.of({
        append,
        after,
        sequence: (fence) =>
          numbered(fence).pipe(
            Effect.orDie,
            Effect.map((records) => [...records].sort((one, other) => one.seq - other.seq))
          ),
        unsequenced: (partitions) => infra`
          SELECT partition, tenant_id::text AS key, occurred_at AS due_at FROM events
          WHERE seq IS NULL AND partition = ANY (${partitions}::smallint[])`
      })
    })
  )
}

const _qualified = EventRecord.columns
  .split(",")
  .map((column) => `events.${column.trim()}`)
  .join(", ")

export { EventLog }
