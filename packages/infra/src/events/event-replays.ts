import { SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Array as Arr, Context, Effect, Layer, type Option, Schema } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { type EventSource } from "./event-source.ts"

const _Replay = Schema.Struct({
  id: Schema.String,
  subscriber: Schema.String,
  status: Schema.Literal("running", "done", "stopped"),
  after: Schema.Number,
  position: Schema.Number,
  until: Schema.Number,
  types: Schema.NullOr(Schema.Array(Schema.String)),
  perSecond: Schema.Number,
  handled: Schema.Number,
  failures: Schema.Number,
  lastError: Schema.NullOr(Schema.String),
  createdAt: Schema.String,
  finishedAt: Schema.NullOr(Schema.String)
})

const _Held = Schema.Struct({ from: Schema.Number, failures: Schema.Number, waitMillis: Schema.Number })

declare namespace EventReplays {
  type Replay = typeof _Replay.Type
  type From = { readonly after: number } | { readonly since: string }
  type Draft = {
    readonly id: string
    readonly subscriber: string
    readonly partition: number
    readonly from: EventReplays.From
    readonly types: ReadonlyArray<string> | null
    readonly perSecond: number
  }
  type Fence = { readonly partition: number; readonly epoch: number }
  type _Use<A> = Effect.Effect<A, never, Tenancy.Current>
  type Shape = {
    /** Up to the head of now; none while another one of the subscriber runs. */
    readonly start: (draft: EventReplays.Draft) => _Use<Option.Option<EventReplays.Replay>>
    readonly running: (subscribers: ReadonlyArray<string>) => _Use<ReadonlyArray<EventReplays.Replay>>
    /** Locks it; none when it is over or its subscriber paused, or under another epoch. */
    readonly hold: (fence: EventReplays.Fence, id: string) => _Use<Option.Option<EventSource.Held>>
    readonly move: (id: string, to: { readonly position: number; readonly handled: number }) => _Use<void>
    readonly fail: (id: string, failure: EventSource.Failure) => _Use<void>
    /** What went wrong with the event that comes next, as a JSON array. */
    readonly errors: (id: string) => _Use<string>
    /** None where none runs. */
    readonly stop: (subscriber: string) => _Use<Option.Option<EventReplays.Replay>>
    /** The last one of each subscriber. */
    readonly newest: _Use<ReadonlyArray<EventReplays.Replay>>
    /** A query for those that run and are due, as lanes want it. */
    readonly due: (
      partitions: ReadonlyArray<number>,
      subscribers: ReadonlyArray<string>
    ) => Statement.Fragment
  }
}

const _decode = Schema.decodeUnknown(Schema.Array(_Replay))

const _unpaused = `NOT EXISTS (SELECT 1 FROM event_cursors c
  WHERE c.tenant_id = r.tenant_id AND c.subscriber = r.subscriber AND c.paused)`

/** Rows of `event_replays`, to be used inside `Database.transaction`. */
class EventReplays extends Context.Tag("infra/events/EventReplays")<EventReplays, EventReplays.Shape>() {
  static readonly layer = Layer.effect(
    EventReplays,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql
      const columns = sql.literal(`r.id, r.subscriber, r.status, r.after_seq AS after, r.position,
        r.until_seq AS until, r.types, r.per_second, r.handled, r.failures, r.last_error, r.created_at,
        r.finished_at`)

      const many = (statement: (tenantId: string) => Statement.Statement<object>) =>
        _inTenant((tenantId) => Effect.flatMap(statement(tenantId), _decode))

      const one = (statement: (tenantId: string) => Statement.Statement<object>) =>
        Effect.map(many(statement), Arr.head)

      return EventReplays.of({
        start: ({ from, id, partition, perSecond, subscriber, types }) =>
          Effect.flatMap(Tenancy.Current, ({ actorId }) =>
            one(
              (tenantId) => sql`
              WITH place AS (
                SELECT head, least(head, ${_place(sql, tenantId, from)}) AS after FROM (
                  SELECT coalesce(max(seq), 0) AS head FROM event_heads WHERE tenant_id = ${tenantId}) h
              )
              INSERT INTO event_replays AS r (tenant_id, id, subscriber, partition, after_seq, position,
                until_seq, types, per_second, created_by, status, finished_at)
              SELECT ${tenantId}, ${id}, ${subscriber}, ${partition}, after, after, head, ${types}::text[],
                ${perSecond}, ${actorId}, CASE WHEN after >= head THEN 'done' ELSE 'running' END,
                CASE WHEN after >= head THEN now() END
              FROM place
              ON CONFLICT (tenant_id, subscriber) WHERE status = 'running' DO NOTHING
              RETURNING ${columns}`
            )
          ),
        running: (subscribers) =>
          many(
            (tenantId) => sql`SELECT ${columns} FROM event_replays r WHERE r.tenant_id = ${tenantId}
              AND r.status = 'running' AND r.subscriber = ANY (${subscribers}::text[]) ORDER BY r.created_at`
          ),
        hold: ({ epoch, partition }, id) =>
          _inTenant((tenantId) =>
            SqlSchema.findOne({
              Request: Schema.Void,
              Result: _Held,
              execute: () => sql`
                WITH fence AS MATERIALIZED (
                  SELECT epoch FROM lane_partitions
                  WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
                )
                SELECT r.position AS from, r.failures,
                  greatest(0, extract(epoch FROM r.next_due - now()) * 1000)::float8 AS wait_millis
                FROM fence, event_replays r
                WHERE r.tenant_id = ${tenantId} AND r.id = ${id} AND r.status = 'running'
                  AND ${sql.literal(_unpaused)}
                FOR UPDATE OF r`
            })(undefined)
          ),
        move: (id, { handled, position }) =>
          _inTenant((tenantId) =>
            Effect.asVoid(sql`
              UPDATE event_replays SET position = ${position}, handled = handled + ${handled}, failures = 0,
                last_error = NULL, errors = '[]',
                next_due = now() + ${handled}::float8 / per_second * interval '1 second',
                status = CASE WHEN ${position} >= until_seq THEN 'done' ELSE status END,
                finished_at = CASE WHEN ${position} >= until_seq THEN now() END
              WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'running'`)
          ),
        fail: (id, { delayMillis, error }) =>
          _inTenant((tenantId) =>
            Effect.asVoid(sql`
              UPDATE event_replays SET failures = failures + 1, last_error = ${error},
                errors = errors || jsonb_build_object('at', now(), 'error', ${error}::text),
                next_due = now() + ${delayMillis}::float8 * interval '1 millisecond'
              WHERE tenant_id = ${tenantId} AND id = ${id} AND status = 'running'`)
          ),
        errors: (id) =>
          _inTenant((tenantId) =>
            Effect.map(
              sql<{ readonly errors: string }>`SELECT errors::text AS errors FROM event_replays
                WHERE tenant_id = ${tenantId} AND id = ${id}`,
              ([row]) => row?.errors ?? "[]"
            )
          ),
        stop: (subscriber) =>
          one(
            (tenantId) => sql`UPDATE event_replays r SET status = 'stopped', finished_at = now()
              WHERE r.tenant_id = ${tenantId} AND r.subscriber = ${subscriber} AND r.status = 'running'
              RETURNING ${columns}`
          ),
        newest: many(
          (tenantId) => sql`SELECT DISTINCT ON (r.subscriber) ${columns} FROM event_replays r
            WHERE r.tenant_id = ${tenantId} ORDER BY r.subscriber, r.created_at DESC`
        ),
        due: (partitions, subscribers) => infra`
          SELECT r.partition, r.tenant_id::text AS key, r.next_due AS due_at FROM event_replays r
          WHERE r.status = 'running' AND r.partition = ANY (${partitions}::smallint[])
            AND r.next_due <= now() AND r.subscriber = ANY (${subscribers}::text[])
            AND ${infra.literal(_unpaused)}`
      })
    })
  )
}

/** The number before the first event of that time or later: numbers follow commits, times do not. */
const _place = (sql: SqlClient.SqlClient, tenantId: string, from: EventReplays.From) =>
  "after" in from
    ? sql`${from.after}::bigint`
    : sql`coalesce((SELECT e.seq - 1 FROM events e WHERE e.tenant_id = ${tenantId}
        AND e.seq IS NOT NULL AND e.occurred_at >= ${from.since}::timestamptz
        ORDER BY e.seq LIMIT 1), head)`

const _inTenant = <A, E>(query: (tenantId: string) => Effect.Effect<A, E>) =>
  Effect.flatMap(Tenancy.Current, ({ tenantId }) => Effect.orDie(query(tenantId)))

export { EventReplays }
