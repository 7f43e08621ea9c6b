import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, Schema } from "effect"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventReplays } from "./event-replays.ts"

const _Place = Schema.Struct({
  name: Schema.String,
  paused: Schema.Boolean,
  cursor: Schema.Number,
  head: Schema.Number,
  lagSeconds: Schema.Number,
  failures: Schema.Number,
  lastError: Schema.NullOr(Schema.String),
  nextAttemptAt: Schema.NullOr(Schema.String),
  deadLetters: Schema.Number
})

declare namespace EventPlaces {
  type Place = typeof _Place.Type & {
    /** The running one or else the last one. */
    readonly replay: EventReplays.Replay | null
  }
  type Shape = {
    /** In the order of their names; to be used inside `Database.transaction`. */
    readonly of: (
      subscribers: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<EventPlaces.Place>, never, Tenancy.Current>
  }
}

/** Where the subscribers of a tenant stand: cursor, failures, dead letters and replay of each. */
class EventPlaces extends Context.Tag("infra/events/EventPlaces")<EventPlaces, EventPlaces.Shape>() {
  static readonly layer = Layer.effect(
    EventPlaces,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const replays = yield* EventReplays

      const places = SqlSchema.findAll({
        Request: Schema.Struct({ tenantId: Schema.String, names: Schema.Array(Schema.String) }),
        Result: _Place,
        execute: ({ names, tenantId }) => sql`
          SELECT s.name, coalesce(c.paused, false) AS paused, coalesce(c.seq, 0) AS cursor,
            coalesce(h.seq, 0) AS head, coalesce(c.failures, 0) AS failures, c.last_error,
            CASE WHEN c.failures > 0 THEN c.next_due END AS next_attempt_at,
            coalesce((SELECT extract(epoch FROM now() - e.occurred_at) FROM events e
              WHERE e.tenant_id = ${tenantId} AND e.seq = coalesce(c.seq, 0) + 1), 0)::float8 AS lag_seconds,
            (SELECT count(*) FROM event_dead_letters d
              WHERE d.tenant_id = ${tenantId} AND d.subscriber = s.name)::int AS dead_letters
          FROM unnest(${names}::text[]) AS s(name)
          LEFT JOIN event_heads h ON h.tenant_id = ${tenantId}
          LEFT JOIN event_cursors c ON c.tenant_id = ${tenantId} AND c.subscriber = s.name
          ORDER BY s.name`
      })

      const of = (names: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const newest = yield* replays.newest
          const rows = yield* Effect.orDie(places({ tenantId, names }))
          return rows.map((row) => ({
            ...row,
            replay: newest.find(({ subscriber }) => subscriber === row.name) ?? null
          }))
        })

      return EventPlaces.of({ of })
    })
  )
}

export { EventPlaces }
