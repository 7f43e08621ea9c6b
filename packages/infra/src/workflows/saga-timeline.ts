import { SqlClient, SqlSchema } from "@effect/sql"
import { Context, Effect, Layer, Option, Schema } from "effect"
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

declare namespace SagaTimeline {
  type Entry = _Entry
  type Stuck = _Stuck
  type Attempt = {
    readonly saga: string
    readonly key: string
    readonly step: string
    readonly direction: "forward" | "compensate"
    readonly attempt: number
  }
  type Shape = {
    /** An attempt that has ended stays so: its twin on a replica that lost the run may begin late. */
    readonly started: (attempt: SagaTimeline.Attempt) => Effect.Effect<void, never, Tenancy.Current>
    /** `error` null means that the step succeeded. */
    readonly ended: (
      attempt: SagaTimeline.Attempt,
      error: string | null
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** Steps whose last attempt is at least the given one and failed, the oldest first; 100 at most. */
    readonly stuck: (
      saga: string,
      fromAttempt: number
    ) => Effect.Effect<ReadonlyArray<SagaTimeline.Stuck>, never, Tenancy.Current>
    readonly of: (
      saga: string,
      key: string
    ) => Effect.Effect<ReadonlyArray<SagaTimeline.Entry>, never, Tenancy.Current>
  }
}

/** What each step of a saga did, when, and on which replica; a crash leaves its attempt `running`. */
class SagaTimeline extends Context.Tag("infra/workflows/SagaTimeline")<SagaTimeline, SagaTimeline.Shape>() {
  static readonly layer = (options: { readonly replica: string }) =>
    Layer.effect(
      SagaTimeline,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const database = yield* Database

        const started: SagaTimeline.Shape["started"] = (attempt) =>
          Effect.gen(function* () {
            const { tenantId, requestId } = yield* Tenancy.Current
            const trace = yield* Trace.current
            const traceId = Option.getOrNull(Option.map(trace, (known) => known.traceId))
            const of = { tenantId, requestId, traceId, replica: options.replica }
            const row = { ...attempt, ...of, outcome: "running" }
            yield* sql`INSERT INTO saga_steps ${sql.insert(row)}
              ON CONFLICT (tenant_id, saga, key, step, direction, attempt) DO UPDATE
              SET replica = excluded.replica, trace_id = excluded.trace_id,
                started_at = clock_timestamp()
              WHERE saga_steps.outcome = 'running'`
          }).pipe(Effect.orDie, database.transaction, Effect.asVoid)

        const ended: SagaTimeline.Shape["ended"] = (attempt, error) =>
          Effect.gen(function* () {
            const { tenantId } = yield* Tenancy.Current
            yield* sql`UPDATE saga_steps
              SET outcome = ${error === null ? "succeeded" : "failed"}, error = ${error},
                ended_at = clock_timestamp()
              WHERE tenant_id = ${tenantId} AND saga = ${attempt.saga} AND key = ${attempt.key}
                AND step = ${attempt.step} AND direction = ${attempt.direction}
                AND attempt = ${attempt.attempt}`
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

        return SagaTimeline.of({
          started,
          ended,
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
