import { SqlClient, type Statement } from "@effect/sql"
import { Context, Effect, Layer, Option } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { type EventSource } from "./event-source.ts"

declare namespace EventCursors {
  type Place = { readonly tenantId: string; readonly subscriber: string }
  type Hold = EventCursors.Place & { readonly partition: number; readonly epoch: number }
  type Shape = {
    /**
     * Locks the cursor in the caller's transaction and answers where it stands; none while it is paused, or
     * under another epoch: then the partition has another owner.
     */
    readonly hold: (hold: EventCursors.Hold) => Effect.Effect<Option.Option<EventSource.Held>>
    /** Forwards only, in the transaction of the subscriber's own writes. */
    readonly move: (to: EventCursors.Place & { readonly seq: number }) => Effect.Effect<void>
    readonly fail: (place: EventCursors.Place & EventSource.Failure) => Effect.Effect<void>
    /** What went wrong with the event that comes next, as a JSON array. */
    readonly errors: (place: EventCursors.Place) => Effect.Effect<string>
    readonly setPaused: (place: EventCursors.Place & { readonly paused: boolean }) => Effect.Effect<void>
    /** A query for the cursors of these subscribers that are behind the head, as lanes want it. */
    readonly behind: (
      partitions: ReadonlyArray<number>,
      subscribers: ReadonlyArray<string>
    ) => Statement.Fragment
  }
}

type _Row = EventSource.Held & { readonly paused: boolean }

/** Rows of `event_cursors`: how far each durable subscriber has come in each tenant's log. */
class EventCursors extends Context.Tag("infra/events/EventCursors")<EventCursors, EventCursors.Shape>() {
  static readonly layer = Layer.effect(
    EventCursors,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql

      return EventCursors.of({
        hold: ({ partition, epoch, tenantId, subscriber }) =>
          sql<_Row>`
            WITH fence AS MATERIALIZED (
              SELECT epoch FROM lane_partitions
              WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
            )
            INSERT INTO event_cursors AS c (tenant_id, subscriber)
            SELECT ${tenantId}, ${subscriber} FROM fence
            ON CONFLICT (tenant_id, subscriber) DO UPDATE SET subscriber = c.subscriber
            RETURNING seq AS from, failures, paused,
              greatest(0, extract(epoch FROM next_due - now()) * 1000)::float8 AS wait_millis`.pipe(
            Effect.orDie,
            Effect.map(([row]) => Option.filter(Option.fromNullable(row), ({ paused }) => !paused))
          ),
        move: ({ tenantId, subscriber, seq }) =>
          sql`UPDATE event_cursors SET seq = ${seq}, failures = 0, last_error = NULL, errors = '[]',
              next_due = now()
            WHERE tenant_id = ${tenantId} AND subscriber = ${subscriber} AND seq < ${seq}`.pipe(
            Effect.orDie,
            Effect.asVoid
          ),
        fail: ({ tenantId, subscriber, error, delayMillis }) =>
          sql`UPDATE event_cursors SET failures = failures + 1, last_error = ${error},
              errors = errors || jsonb_build_object('at', now(), 'error', ${error}::text),
              next_due = now() + ${delayMillis}::float8 * interval '1 millisecond'
            WHERE tenant_id = ${tenantId} AND subscriber = ${subscriber}`.pipe(Effect.orDie, Effect.asVoid),
        errors: ({ tenantId, subscriber }) =>
          sql<{ readonly errors: string }>`SELECT errors::text AS errors FROM event_cursors
            WHERE tenant_id = ${tenantId} AND subscriber = ${subscriber}`.pipe(
            Effect.orDie,
            Effect.map(([row]) => row?.errors ?? "[]")
          ),
        setPaused: ({ tenantId, subscriber, paused }) =>
          sql`INSERT INTO event_cursors (tenant_id, subscriber, paused)
            VALUES (${tenantId}, ${subscriber}, ${paused})
            ON CONFLICT (tenant_id, subscriber) DO UPDATE SET paused = excluded.paused`.pipe(
            Effect.orDie,
            Effect.asVoid
          ),
        behind: (partitions, subscribers) => infra`
          SELECT h.partition, h.tenant_id::text AS key, (SELECT e.occurred_at FROM events e
            WHERE e.tenant_id = h.tenant_id AND e.seq = coalesce(c.seq, 0) + 1) AS due_at
          FROM event_heads h CROSS JOIN unnest(${subscribers}::text[]) AS s(subscriber)
          LEFT JOIN event_cursors c ON c.tenant_id = h.tenant_id AND c.subscriber = s.subscriber
          WHERE h.partition = ANY (${partitions}::smallint[]) AND h.seq > coalesce(c.seq, 0)
            AND NOT coalesce(c.paused, false) AND (c.next_due IS NULL OR c.next_due <= now())`
      })
    })
  )
}

export { EventCursors }
