import { Duration, Effect, Layer, Metric, Schedule } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { EventHandlers } from "./event-handlers.ts"
import { EventMetrics } from "./event-metrics.ts"

type _Row = {
  /** Null for the outbox. */
  readonly subscriber: string | null
  readonly amount: number
  readonly seconds: number
  readonly letters: number
}

const _interval = Duration.seconds(5)
const _counted = 100_000
/** Tenants whose oldest waiting event is looked up, those with the longest lag. */
const _looked = 200

/** Sets the gauges of the event bus: one statement every 5 s, about the partitions of this replica alone. */
const EventGauges = {
  layer: Layer.scopedDiscard(
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const lanes = yield* Lanes
      const handlers = yield* EventHandlers

      const look = (partitions: ReadonlyArray<number>, names: ReadonlyArray<string>) => sql<_Row>`
        (SELECT NULL::text AS subscriber, count(*)::float8 AS amount,
          coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::float8 AS seconds, 0::float8 AS letters
        FROM (SELECT occurred_at FROM events
          WHERE seq IS NULL AND partition = ANY (${partitions}::smallint[]) LIMIT ${_counted}) waiting)
        UNION ALL
        SELECT s.subscriber, coalesce(sum(l.lag), 0)::float8, coalesce(max(extract(epoch FROM now() -
            (SELECT e.occurred_at FROM events e WHERE e.tenant_id = l.tenant_id AND e.seq = l.seq + 1
              AND l.place <= ${_looked}))), 0)::float8,
          (SELECT count(*) FROM event_dead_letters d
            WHERE d.partition = ANY (${partitions}::smallint[]) AND d.subscriber = s.subscriber)::float8
        FROM unnest(${names}::text[]) AS s(subscriber)
        LEFT JOIN LATERAL (
          SELECT h.tenant_id, coalesce(c.seq, 0) AS seq, h.seq - coalesce(c.seq, 0) AS lag,
            row_number() OVER (ORDER BY h.seq - coalesce(c.seq, 0) DESC) AS place
          FROM event_heads h
          LEFT JOIN event_cursors c ON c.tenant_id = h.tenant_id AND c.subscriber = s.subscriber
          WHERE h.partition = ANY (${partitions}::smallint[]) AND h.seq > coalesce(c.seq, 0)
        ) l ON true
        GROUP BY s.subscriber`

      const set = ({ amount, letters, seconds, subscriber }: _Row) =>
        subscriber === null
          ? Effect.zipRight(
              Metric.set(EventMetrics.outboxDepth, amount),
              Metric.set(EventMetrics.outboxOldest, seconds)
            )
          : Metric.set(EventMetrics.lagEvents(subscriber), amount).pipe(
              Effect.zipRight(Metric.set(EventMetrics.lagSeconds(subscriber), seconds)),
              Effect.zipRight(Metric.set(EventMetrics.letters(subscriber), letters))
            )

      yield* Effect.gen(function* () {
        const known = yield* handlers.all
        const rows = yield* look(
          yield* lanes.owned,
          known.map(({ name }) => name)
        )
        yield* Effect.forEach(rows, set, { discard: true })
      }).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("the gauges of the event bus were not set", cause)),
        Effect.repeat(Schedule.spaced(_interval)),
        Effect.delay(_interval),
        Effect.forkScoped
      )
    })
  )
} as const

export { EventGauges }
