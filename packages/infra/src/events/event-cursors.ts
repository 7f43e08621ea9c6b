import { SqlClient, type Statement } from "@effect/sql"
import { Context, Effect, Layer } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"

declare namespace EventCursors {
  type Place = { readonly tenantId: string; readonly subscriber: string }
  type Hold = EventCursors.Place & { readonly partition: number; readonly epoch: number }
  type Shape = {
    /**
     * Locks the cursor in the caller's transaction and answers where it stands. Under another epoch the
     * partition has another owner: then there is nothing to read, the number is beyond every log.
     */
    readonly hold: (hold: EventCursors.Hold) => Effect.Effect<number>
    /** Forwards only, in the transaction of the subscriber's own writes. */
    readonly move: (to: EventCursors.Place & { readonly seq: number }) => Effect.Effect<void>
    /** A query for the cursors of these subscribers that are behind the head, as lanes want it. */
    readonly behind: (
      partitions: ReadonlyArray<number>,
      subscribers: ReadonlyArray<string>
    ) => Statement.Fragment
  }
}

/** Rows of `event_cursors`: how far each durable subscriber has come in each tenant's log. */
class EventCursors extends Context.Tag("infra/events/EventCursors")<EventCursors, EventCursors.Shape>() {
  static readonly layer = Layer.effect(
    EventCursors,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql

      return EventCursors.of({
        hold: ({ partition, epoch, tenantId, subscriber }) =>
          sql<{ readonly seq: number }>`
            WITH fence AS MATERIALIZED (
              SELECT epoch FROM lane_partitions
              WHERE partition = ${partition} AND epoch = ${epoch} FOR SHARE
            )
            INSERT INTO event_cursors AS c (tenant_id, subscriber)
            SELECT ${tenantId}, ${subscriber} FROM fence
            ON CONFLICT (tenant_id, subscriber) DO UPDATE SET subscriber = c.subscriber
            RETURNING seq`.pipe(
            Effect.orDie,
            Effect.map(([row]) => row?.seq ?? Number.MAX_SAFE_INTEGER)
          ),
        move: ({ tenantId, subscriber, seq }) =>
          sql`UPDATE event_cursors SET seq = ${seq}, failures = 0, last_error = NULL
            WHERE tenant_id = ${tenantId} AND subscriber = ${subscriber} AND seq < ${seq}`.pipe(
            Effect.orDie,
            Effect.asVoid
          ),
        behind: (partitions, subscribers) => infra`
          SELECT h.partition, h.tenant_id::text AS key, (SELECT e.occurred_at FROM events e
            WHERE e.tenant_id = h.tenant_id AND e.seq = coalesce(c.seq, 0) + 1) AS due_at
          FROM event_heads h CROSS JOIN unnest(${subscribers}::text[]) AS s(subscriber)
          LEFT JOIN event_cursors c ON c.tenant_id = h.tenant_id AND c.subscriber = s.subscriber
          WHERE h.partition = ANY (${partitions}::smallint[]) AND h.seq > coalesce(c.seq, 0)`
      })
    })
  )
}

export { EventCursors }
