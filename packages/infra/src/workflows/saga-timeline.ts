import { SqlClient, SqlSchema } from "@effect/sql"
import { Array as Arr, Context, Effect, Layer, Option, Schema } from "effect"
import { Trace } from "../context/trace.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"

class _Entry extends Schema.Class<_Entry>("SagaTimeline.Entry")({
  name: Schema.String,
  direction: Schema.Literal("forward", "compensate"),
  attempt: Schema.Number,
  replica: Schema.String,
  outcome: Schema.Literal("running", "succeeded", "failed"),
  startedAt: Schema.String,
  endedAt: Schema.NullOr(Schema.String),
  error: Schema.NullOr(Schema.String)
}) {}

class _Stuck extends Schema.Class<_Stuck>("SagaTimeline.Stuck")({
  key: Schema.String,
  name: Schema.String,
  direction: Schema.Literal("forward", "compensate"),
  /** The last one, which failed. */
  attempt: Schema.Number,
  /** When the first attempt began. */
  since: Schema.String,
  error: Schema.NullOr(Schema.String)
}) {}

class _Standing extends Schema.Class<_Standing>("SagaTimeline.Standing")({
  name: Schema.String,
  /** The one that did it. */
  run: Schema.Number
}) {}

declare namespace SagaTimeline {
  type Entry = _Entry
  type Stuck = _Stuck
  type Standing = _Standing
  type Attempt = {
    readonly saga: string
    readonly key: string
    readonly step: string
    readonly direction: "forward" | "compensate"
    readonly attempt: number
  }
  type Shape = {
    /**
     * In one transaction with what the attempt begins by. An attempt that has ended stays so: its twin on a
     * replica that lost the run may begin late.
     */
    readonly started: <A, E>(
      attempt: SagaTimeline.Attempt,
      begin: Effect.Effect<A, E, Tenancy.Current>
    ) => Effect.Effect<A, E, Tenancy.Current>
    /** `error` null means that the step succeeded. Also of an attempt whose start nobody noted. */
    readonly ended: (
      attempt: SagaTimeline.Attempt,
      error: string | null
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** Steps whose last attempt is at least the given one and failed, the oldest first; 100 at most. */
    readonly stuck: (
      saga: string,
      fromAttempt: number
    ) => Effect.Effect<ReadonlyArray<SagaTimeline.Stuck>, never, Tenancy.Current>
    /** Steps of a subject's runs up to this one that succeeded and were not undone, each with the last. */
    readonly standing: (
      saga: string,
      subject: { readonly id: string; readonly run: number }
    ) => Effect.Effect<ReadonlyArray<SagaTimeline.Standing>, never, Tenancy.Current>
    readonly of: (
      saga: string,
      key: string
    ) => Effect.Effect<ReadonlyArray<SagaTimeline.Entry>, never, Tenancy.Current>
  }
}

const _Keys = Schema.Array(Schema.String)

/** What each step of a saga did, when, and on which replica; a crash leaves its attempt `running`. */
class SagaTimeline extends Context.Tag("infra/workflows/SagaTimeline")<SagaTimeline, SagaTimeline.Shape>() {
  static readonly layer = (options: { readonly replica: string }) =>
    Layer.effect(
      SagaTimeline,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const database = yield* Database

        const rowOf = (attempt: SagaTimeline.Attempt) =>
          Effect.gen(function* () {
            const { tenantId, requestId } = yield* Tenancy.Current
            const trace = yield* Trace.current
            const traceId = Option.getOrNull(Option.map(trace, (known) => known.traceId))
            return { ...attempt, tenantId, requestId, traceId, replica: options.replica }
          })

        const started: SagaTimeline.Shape["started"] = (attempt, begin) =>
          Effect.gen(function* () {
            const row = { ...(yield* rowOf(attempt)), outcome: "running" }
            yield* sql`INSERT INTO saga_steps ${sql.insert(row)}
              ON CONFLICT (tenant_id, saga, key, step, direction, attempt) DO UPDATE
              SET replica = excluded.replica, trace_id = excluded.trace_id,
                started_at = clock_timestamp()
              WHERE saga_steps.outcome = 'running'`
          }).pipe(Effect.orDie, Effect.zipRight(begin), database.transaction)

        const ended: SagaTimeline.Shape["ended"] = (attempt, error) =>
          Effect.gen(function* () {
            const row = yield* rowOf(attempt)
            yield* sql`INSERT INTO saga_steps (tenant_id, saga, key, step, direction, attempt, replica,
                request_id, trace_id, outcome, error, started_at, ended_at)
              VALUES (${row.tenantId}, ${row.saga}, ${row.key}, ${row.step}, ${row.direction}, ${row.attempt},
                ${row.replica}, ${row.requestId}, ${row.traceId},
                ${error === null ? "succeeded" : "failed"}, ${error}, now(), clock_timestamp())
              ON CONFLICT (tenant_id, saga, key, step, direction, attempt) DO UPDATE
              SET outcome = excluded.outcome, error = excluded.error, ended_at = excluded.ended_at`
          }).pipe(Effect.orDie, database.transaction, Effect.asVoid)

        const select = SqlSchema.findAll({
          Request: Schema.Struct({ tenantId: Tenancy.Id, saga: Schema.String, key: Schema.String }),
          Result: _Entry,
          execute: ({ tenantId, saga, key }) => sql`
            SELECT step AS name, direction, attempt, replica, outcome, started_at, ended_at, error
            FROM saga_steps WHERE tenant_id = ${tenantId} AND saga = ${saga} AND key = ${key}
            ORDER BY started_at, ordinal`
        })

        const selectStuck = SqlSchema.findAll({
          Request: Schema.Struct({ tenantId: Tenancy.Id, saga: Schema.String, from: Schema.Number }),
          Result: _Stuck,
          execute: ({ from, saga, tenantId }) => sql`
            SELECT s.key, s.step AS name, s.direction, s.attempt, s.error, (
              SELECT min(first.started_at) FROM saga_steps first WHERE first.tenant_id = s.tenant_id
                AND first.saga = s.saga AND first.key = s.key AND first.step = s.step
                AND first.direction = s.direction) AS since
            FROM saga_steps s
            WHERE s.tenant_id = ${tenantId} AND s.saga = ${saga} AND s.attempt >= ${from}
              AND s.outcome = 'failed' AND NOT EXISTS (
                SELECT 1 FROM saga_steps later WHERE later.tenant_id = s.tenant_id AND later.saga = s.saga
                  AND later.key = s.key AND later.step = s.step AND later.direction = s.direction
                  AND later.attempt > s.attempt)
            ORDER BY since, s.key LIMIT 100`
        })

        const selectStanding = SqlSchema.findAll({
          Request: Schema.Struct({ tenantId: Tenancy.Id, saga: Schema.String, keys: _Keys }),
          Result: _Standing,
          execute: ({ keys, saga, tenantId }) => sql`
            WITH steps AS (
              SELECT step, direction, array_position(${keys}::text[], key) AS run FROM saga_steps
              WHERE tenant_id = ${tenantId} AND saga = ${saga} AND key = ANY (${keys}::text[])
                AND attempt > 0 AND outcome = 'succeeded')
            SELECT f.step AS name, max(f.run) AS run FROM steps f
            WHERE f.direction = 'forward' AND NOT EXISTS (
              SELECT 1 FROM steps c WHERE c.direction = 'compensate' AND c.step = f.step AND c.run >= f.run)
            GROUP BY f.step`
        })

        return SagaTimeline.of({
          started,
          ended,
          standing: (saga, { id, run }) =>
            Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
              selectStanding({ tenantId, saga, keys: Arr.makeBy(run, (before) => `${id}/${before + 1}`) })
            ).pipe(Effect.orDie, database.transaction),
          stuck: (saga, from) =>
            Effect.flatMap(Tenancy.Current, ({ tenantId }) => selectStuck({ tenantId, saga, from })).pipe(
              Effect.orDie,
              database.transaction
            ),
          of: (saga, key) =>
            Effect.flatMap(Tenancy.Current, ({ tenantId }) => select({ tenantId, saga, key })).pipe(
              Effect.orDie,
              database.transaction
            )
        })
      })
    )
}

export { SagaTimeline }
