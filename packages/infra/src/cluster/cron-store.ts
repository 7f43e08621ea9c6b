import { type SqlClient, SqlSchema } from "@effect/sql"
import { Context, DateTime, Effect, Layer, Metric, Option, Schedule, Schema } from "effect"
import { ClusterSelf } from "../context/cluster-self.ts"
import { type Leadership } from "../context/leadership.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { ClusterError } from "./cluster-error.ts"

const _Tick = Schema.Struct({
  name: Schema.String,
  scheduledAt: Schema.DateTimeUtc,
  /** Replica that ran it; none when it was skipped. */
  ranOn: Schema.NullOr(Schema.String),
  outcome: Schema.Literal("running", "done", "failed", "skipped"),
  /** Of the leader that claimed or skipped it. */
  fence: Schema.Int,
  attempts: Schema.Int,
  startedAt: Schema.DateTimeUtc,
  endedAt: Schema.NullOr(Schema.DateTimeUtc),
  error: Schema.NullOr(Schema.String)
})
const _Position = Schema.Struct({
  now: Schema.DateTimeUtc,
  last: Schema.DateTimeUtc,
  fence: Schema.Int
})
const _Unfinished = Schema.Struct({ scheduledAt: Schema.DateTimeUtc })

declare namespace CronStore {
  type Tick = typeof _Tick.Type
  type Shape = {
    /**
     * The database's clock, and the latest tick that has a row, or the cron's own beginning. Fails with
     * `StaleOwner` when somebody leads under a higher fence.
     */
    readonly position: (leader: Leadership.Value) => Effect.Effect<typeof _Position.Type, ClusterError>
    /** Ticks that an earlier leader began and did not end. */
    readonly unfinished: (leader: Leadership.Value) => Effect.Effect<ReadonlyArray<DateTime.Utc>>
    /** Records ticks that nobody will run. */
    readonly skip: (leader: Leadership.Value, ticks: ReadonlyArray<DateTime.Utc>) => Effect.Effect<void>
    /** True for the one who may run the tick: its row is new, or an earlier leader left it unfinished. */
    readonly claim: (leader: Leadership.Value, tick: DateTime.Utc) => Effect.Effect<boolean>
    readonly finish: (
      leader: Leadership.Value,
      tick: DateTime.Utc,
      error: Option.Option<string>
    ) => Effect.Effect<void>
    /** The latest `limit` ticks of each cron, newest first. */
    readonly recent: (limit: number) => Effect.Effect<ReadonlyArray<CronStore.Tick>>
    /** Removes ticks that are older than so many days. */
    readonly purge: (days: number) => Effect.Effect<void>
  }
}

const _skipped = Metric.counter("cron_ticks_skipped_total", {
  description: "Ticks that were too old when a leader found them.",
  incremental: true
})

/** A write that must not be lost is tried again until the database is back. */
const _patient = Effect.retry(Schedule.spaced("1 second"))

const _iso = DateTime.formatIso

/** Rows of `cron_ticks`: each tick of each cron has one, and what became of it. */
class CronStore extends Context.Tag("infra/cluster/CronStore")<CronStore, CronStore.Shape>() {
  static readonly layer = Layer.effect(
    CronStore,
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const { replica } = yield* ClusterSelf

      const { position, recent, unfinished } = _reads(sql)

      const skip = Effect.fn("CronStore.skip")(function* (
        { fence, name }: Leadership.Value,
        ticks: ReadonlyArray<DateTime.Utc>
      ) {
        const rows = yield* sql`
          INSERT INTO cron_ticks (name, scheduled_at, outcome, fence, attempts, ended_at)
          SELECT name, tick::timestamptz, 'skipped', fence, 0, clock_timestamp()
          FROM cluster_singletons,
            jsonb_array_elements_text(${JSON.stringify(ticks.map(_iso))}::jsonb) AS tick
          WHERE name = ${name} AND fence = ${fence}
          ON CONFLICT (name, scheduled_at) DO UPDATE SET outcome = 'skipped', ended_at = clock_timestamp(),
            error = 'its replica ended before it did'
          WHERE cron_ticks.outcome = 'running' RETURNING name`.pipe(_patient, Effect.orDie)
        yield* Metric.incrementBy(_skipped, rows.length)
      })

      const claim = Effect.fn("CronStore.claim")(function* (
        { fence, name }: Leadership.Value,
        tick: DateTime.Utc
      ) {
        const rows = yield* sql`
          INSERT INTO cron_ticks (name, scheduled_at, ran_on, outcome, fence, attempts)
          SELECT name, ${_iso(tick)}::timestamptz, ${replica}, 'running', fence, 1
          FROM cluster_singletons WHERE name = ${name} AND fence = ${fence} FOR SHARE
          ON CONFLICT (name, scheduled_at) DO UPDATE SET ran_on = excluded.ran_on, fence = excluded.fence,
            attempts = cron_ticks.attempts + 1, started_at = clock_timestamp()
          WHERE cron_ticks.outcome = 'running' AND cron_ticks.fence <= excluded.fence
          RETURNING name`.pipe(_patient, Effect.orDie)
        return rows.length > 0
      })

      const finish = Effect.fn("CronStore.finish")(
        ({ fence, name }: Leadership.Value, tick: DateTime.Utc, error: Option.Option<string>) =>
          sql`UPDATE cron_ticks SET ended_at = clock_timestamp(), error = ${Option.getOrNull(error)},
              outcome = ${Option.match(error, { onNone: () => "done", onSome: () => "failed" })}
            WHERE name = ${name} AND scheduled_at = ${_iso(tick)}::timestamptz AND fence = ${fence}`.pipe(
            _patient,
            Effect.orDie,
            Effect.asVoid
          )
      )

      return CronStore.of({
        position: (leader) =>
          position(leader.name).pipe(
            _patient,
            Effect.orDie,
            Effect.filterOrFail(
              ({ fence }) => fence === leader.fence,
              () => ClusterError.of("StaleOwner", leader.name)
            )
          ),
        unfinished: (leader) =>
          unfinished(leader).pipe(
            _patient,
            Effect.orDie,
            Effect.map((rows) => rows.map(({ scheduledAt }) => scheduledAt))
          ),
        skip,
        claim,
        finish,
        recent: (limit) => Effect.orDie(recent(limit)),
        purge: (days) =>
          sql`DELETE FROM cron_ticks WHERE ended_at < now() - ${days} * interval '1 day'`.pipe(
            Effect.orDie,
            Effect.asVoid
          )
      })
    })
  )
}

const _reads = (sql: SqlClient.SqlClient) => ({
  position: SqlSchema.single({
    Request: Schema.String,
    Result: _Position,
    execute: (name) => sql`
      SELECT clock_timestamp() AS now, fence,
        coalesce((SELECT max(scheduled_at) FROM cron_ticks WHERE name = ${name}), created_at) AS last
      FROM cluster_singletons WHERE name = ${name}`
  }),
  unfinished: SqlSchema.findAll({
    Request: Schema.Struct({ name: Schema.String, fence: Schema.Int }),
    Result: _Unfinished,
    execute: ({ fence, name }) => sql`
      SELECT scheduled_at FROM cron_ticks
      WHERE name = ${name} AND outcome = 'running' AND fence < ${fence} ORDER BY scheduled_at`
  }),

  recent: SqlSchema.findAll({
    Request: Schema.Int,
    Result: _Tick,
    execute: (limit) => sql`
      SELECT t.name, t.scheduled_at, t.ran_on, t.outcome, t.fence, t.attempts,
            t.started_at, t.ended_at, t.error
      FROM cluster_singletons s CROSS JOIN LATERAL (
        SELECT * FROM cron_ticks WHERE name = s.name ORDER BY scheduled_at DESC LIMIT ${limit}
      ) t ORDER BY t.name, t.scheduled_at DESC`
  })
})

export { CronStore }
