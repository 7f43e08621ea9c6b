import { SqlSchema } from "@effect/sql"
import { Context, Effect, HashSet, Layer, Metric, Option, Ref, Schedule, Schema, type Scope } from "effect"
import { ClusterSelf } from "../context/cluster-self.ts"
import { type Leadership } from "../context/leadership.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { ClusterError } from "./cluster-error.ts"

/** What is known of a singleton or cron, on whatever replica one asks. */
const _Leader = Schema.Struct({
  name: Schema.String,
  /** Replica that leads, or led last. */
  owner: Schema.String,
  fence: Schema.Int,
  everyMillis: Schema.Int,
  startedAt: Schema.DateTimeUtc,
  lastRunAt: Schema.NullOr(Schema.DateTimeUtc),
  runs: Schema.Int,
  /** Runs that failed since the last one that did not. */
  failures: Schema.Int,
  lastError: Schema.NullOr(Schema.String),
  /** No run within twice the expected interval, counted from the last run or the start of the tenure. */
  late: Schema.Boolean
})

declare namespace LeaderStore {
  type Leader = typeof _Leader.Type
  type Tenure = Leadership.Value & { readonly state: Option.Option<string> }
  type Run = {
    /** JSON of the state to go on from; none leaves it as it is. */
    readonly state: Option.Option<string>
    readonly error: Option.Option<string>
    readonly everyMillis: number
  }
  type Shape = {
    /** Raises the fence: from here on no write of an earlier leader is taken. */
    readonly lead: (
      name: string,
      everyMillis: number
    ) => Effect.Effect<LeaderStore.Tenure, never, Scope.Scope>
    /** Names that this process leads right now, until the scope of `lead` has closed. */
    readonly leading: Effect.Effect<HashSet.HashSet<string>>
    /**
     * The heartbeat of a run and the state after it, in one row. Waits for a database that is away; fails
     * with `StaleOwner` when somebody leads under a higher fence.
     */
    readonly ran: (leader: Leadership.Value, run: LeaderStore.Run) => Effect.Effect<void, ClusterError>
    readonly all: Effect.Effect<ReadonlyArray<LeaderStore.Leader>>
  }
}

const _rejected = Metric.counter("cluster_stale_writes_total", {
  description: "Writes of a leader that was one no longer, refused by the fence.",
  incremental: true
})

/** A write that must not be lost is tried again until the database is back. */
const _patient = Schedule.spaced("1 second")

/** Rows of `cluster_singletons`: who leads what under which fence, and the last sign of life. */
class LeaderStore extends Context.Tag("infra/cluster/LeaderStore")<LeaderStore, LeaderStore.Shape>() {
  static readonly layer = Layer.effect(
    LeaderStore,
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const { replica } = yield* ClusterSelf

      const leading = yield* Ref.make(HashSet.empty<string>())

      const lead = Effect.fn("LeaderStore.lead")(function* (name: string, everyMillis: number) {
        const [row] = yield* sql<{ readonly fence: number; readonly state: string | null }>`
          INSERT INTO cluster_singletons (name, owner, fence, every_millis)
          VALUES (${name}, ${replica}, 1, ${everyMillis})
          ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, every_millis = excluded.every_millis,
            fence = cluster_singletons.fence + 1, started_at = clock_timestamp()
          RETURNING fence, state::text`.pipe(Effect.retry(_patient), Effect.orDie)
        yield* Effect.acquireRelease(Ref.update(leading, HashSet.add(name)), () =>
          Ref.update(leading, HashSet.remove(name))
        )
        return { name, fence: row?.fence ?? 0, state: Option.fromNullable(row?.state) }
      })

      const ran = Effect.fn("LeaderStore.ran")(function* (leader: Leadership.Value, run: LeaderStore.Run) {
        const error = Option.getOrNull(run.error)
        const rows = yield* sql`
          UPDATE cluster_singletons SET last_run_at = clock_timestamp(), runs = runs + 1,
            failures = CASE WHEN ${error}::text IS NULL THEN 0 ELSE failures + 1 END, last_error = ${error},
            state = coalesce(${Option.getOrNull(run.state)}::jsonb, state), every_millis = ${run.everyMillis}
          WHERE name = ${leader.name} AND fence = ${leader.fence} RETURNING name`.pipe(
          Effect.retry(_patient),
          Effect.orDie
        )
        yield* Effect.when(_stale(leader.name), () => rows.length === 0)
      })

      const select = SqlSchema.findAll({
        Request: Schema.Void,
        Result: _Leader,
        execute: () => sql`
          SELECT name, owner, fence, every_millis, started_at, last_run_at, runs, failures, last_error,
            greatest(last_run_at, started_at) + every_millis * interval '2 milliseconds'
              < clock_timestamp() AS late
          FROM cluster_singletons ORDER BY name`
      })

      return LeaderStore.of({
        lead,
        leading: Ref.get(leading),
        ran,
        all: select().pipe(Effect.orDie, Effect.withSpan("LeaderStore.all"))
      })
    })
  )
}

const _stale = (name: string) =>
  Effect.zipRight(Metric.increment(_rejected), ClusterError.of("StaleOwner", name))

export { LeaderStore }
