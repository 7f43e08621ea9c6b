import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { type RowCursor } from "../storage/row-cursor.ts"
import { Tenancy } from "../tenancy/tenancy.ts"

const _Letter = Schema.Struct({
  id: Schema.String,
  subscriber: Schema.String,
  status: Schema.Literal("dead", "queued"),
  seq: Schema.Number,
  eventId: Schema.String,
  type: Schema.String,
  aggregateId: Schema.String,
  occurredAt: Schema.String,
  payload: Schema.Unknown,
  attempts: Schema.Number,
  errors: Schema.Array(Schema.Struct({ at: Schema.String, error: Schema.String })),
  createdAt: Schema.String
})
const _Key = Schema.Struct({ tenantId: Schema.String, id: Schema.String })

declare namespace EventDeadLetters {
  type Letter = typeof _Letter.Type
  type Draft = {
    readonly id: string
    readonly subscriber: string
    readonly eventId: string
    readonly seq: number
    readonly partition: number
    readonly attempts: number
    /** JSON, oldest first. */
    readonly errors: string
  }
  type Slice = {
    readonly after: RowCursor.Key
    readonly limit: number
    readonly subscriber: string | null
  }
  type Fence = { readonly partition: number; readonly epoch: number }
  type _Use<A> = Effect.Effect<A, never, Tenancy.Current>
  type Shape = {
    /** A subscriber has one letter for an event: another failure joins it. */
    readonly add: (draft: EventDeadLetters.Draft) => _Use<void>
    /** Newest first, one row more than the limit when there are more. */
    readonly list: (slice: EventDeadLetters.Slice) => _Use<ReadonlyArray<EventDeadLetters.Letter>>
    /** To be tried once more by its subscriber. */
    readonly queue: (id: string) => _Use<Option.Option<EventDeadLetters.Letter>>
    /** All of a subscriber; how many. */
    readonly queueAll: (subscriber: string) => _Use<number>
    /** `false` where there was none. */
    readonly remove: (id: string) => _Use<boolean>
    /** Locks the oldest queued letter of these subscribers; none under another epoch. */
    readonly next: (
      fence: EventDeadLetters.Fence,
      subscribers: ReadonlyArray<string>
    ) => _Use<Option.Option<EventDeadLetters.Letter>>
    /** It is dead again, with one error more; unless somebody has dropped it. */
    readonly fail: (id: string, error: string) => _Use<void>
    /** A query for the queued letters of these subscribers, as lanes want it. */
    readonly queued: (
      partitions: ReadonlyArray<number>,
      subscribers: ReadonlyArray<string>
    ) => Statement.Fragment
  }
}

/** The newest errors that a letter keeps. */
const _kept = "$[last - 19 to last]"

/** Rows of `event_dead_letters`, to be used inside `Database.transaction`. */
class EventDeadLetters extends Context.Tag("infra/events/EventDeadLetters")<
  EventDeadLetters,
  EventDeadLetters.Shape
>() {
  static readonly layer = Layer.effect(
    EventDeadLetters,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql
      const columns = sql.literal(`d.id, d.subscriber, d.status, d.seq, d.event_id, e.type, e.aggregate_id,
        e.occurred_at, e.payload, d.attempts, d.errors, d.created_at`)
      const of = sql.literal("e.tenant_id = d.tenant_id AND e.id = d.event_id")

      const selectSlice = SqlSchema.findAll({
        Request: Schema.Struct({
          tenantId: Schema.String,
          createdAt: Schema.String,
          id: Schema.String,
          limit: Schema.Number,
          subscriber: Schema.NullOr(Schema.String)
        }),
        Result: _Letter,
        execute: ({ tenantId, createdAt, id, limit, subscriber }) => sql`
          SELECT ${columns} FROM event_dead_letters d JOIN events e ON ${of}
          WHERE d.tenant_id = ${tenantId}
            AND (d.created_at, d.id) < (${createdAt}::timestamptz, ${id}::uuid)
            AND (${subscriber}::text IS NULL OR d.subscriber = ${subscriber}::text)
          ORDER BY d.created_at DESC, d.id DESC LIMIT ${limit}`
      })

      const updateQueued = SqlSchema.findOne({
        Request: _Key,
        Result: _Letter,
        execute: ({ tenantId, id }) => sql`
          UPDATE event_dead_letters d SET status = 'queued' FROM events e
          WHERE d.tenant_id = ${tenantId} AND d.id = ${id} AND ${of} RETURNING ${columns}`
      })

      const selectNext = SqlSchema.findOne({
        Request: Schema.Struct({
          tenantId: Schema.String,
          partition: Schema.Number,
          epoch: Schema.Number,
          subscribers: Schema.Array(Schema.String)
        }),
        Result: _Letter,
        execute: ({ tenantId, partition, epoch, subscribers }) => sql`
          WITH fence AS MATERIALIZED (
            SELECT epoch FROM lane_partitions WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
          )
          SELECT ${columns} FROM fence, event_dead_letters d JOIN events e ON ${of}
          WHERE d.tenant_id = ${tenantId} AND d.partition = ${partition} AND d.status = 'queued'
            AND d.subscriber = ANY (${subscribers}::text[])
          ORDER BY d.seq LIMIT 1 FOR UPDATE OF d`
      })

      const inTenant = <A, E>(query: (tenantId: string) => Effect.Effect<A, E>) =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

      return EventDeadLetters.of({
        add: ({ attempts, errors, eventId, id, partition, seq, subscriber }) =>
          inTenant((tenantId) =>
            Effect.asVoid(sql`
              INSERT INTO event_dead_letters AS d
                (tenant_id, id, subscriber, event_id, seq, partition, attempts, errors)
              VALUES (${tenantId}, ${id}, ${subscriber}, ${eventId}, ${seq}, ${partition}, ${attempts},
                jsonb_path_query_array(${errors}::jsonb, ${_kept}::jsonpath))
              ON CONFLICT (tenant_id, subscriber, event_id) DO UPDATE SET status = 'dead',
                attempts = d.attempts + excluded.attempts,
                errors = jsonb_path_query_array(d.errors || excluded.errors, ${_kept}::jsonpath)`)
          ),
        list: ({ after, limit, subscriber }) =>
          inTenant((tenantId) => selectSlice({ ...after, tenantId, subscriber, limit: limit + 1 })),
        queue: (id) => inTenant((tenantId) => updateQueued({ tenantId, id })),
        queueAll: (subscriber) =>
          inTenant((tenantId) =>
            Effect.map(
              sql`UPDATE event_dead_letters SET status = 'queued'
                WHERE tenant_id = ${tenantId} AND subscriber = ${subscriber} AND status = 'dead'
                RETURNING id`,
              (rows) => rows.length
            )
          ),
        remove: (id) =>
          inTenant((tenantId) =>
            Effect.map(
              sql`DELETE FROM event_dead_letters WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
              (rows) => rows.length > 0
            )
          ),
        next: (fence, subscribers) => inTenant((tenantId) => selectNext({ tenantId, subscribers, ...fence })),
        fail: (id, error) =>
          inTenant((tenantId) =>
            Effect.asVoid(sql`
              UPDATE event_dead_letters SET status = 'dead', attempts = attempts + 1,
                errors = jsonb_path_query_array(
                  errors || jsonb_build_object('at', now(), 'error', ${error}::text), ${_kept}::jsonpath)
              WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'queued'`)
          ),
        queued: (partitions, subscribers) => infra`
          SELECT partition, tenant_id::text AS key, created_at AS due_at FROM event_dead_letters
          WHERE status = 'queued' AND partition = ANY (${partitions}::smallint[])
            AND subscriber = ANY (${subscribers}::text[])`
      })
    })
  )
}

export { EventDeadLetters }
