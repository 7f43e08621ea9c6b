import { SqlClient } from "@effect/sql"
import { Context, Data, Effect, Layer, Option } from "effect"
import { Database } from "../tenancy/database.ts"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { ActivityRecord } from "./activity-record.ts"
import { type SagaRefused } from "./saga-refused.ts"

/** Rolls back what the activity did: another run of it counts. */
class _Unwritten extends Data.TaggedError("LocalActivity.Unwritten")<{
  readonly outcome: "stale" | "lost"
}> {}

declare namespace LocalActivity {
  type Shape = {
    /**
     * What an activity does in our database alone, and its journal row with the given success, in one
     * transaction. A refusal rolls back and is journalled afterwards, as that of any activity.
     */
    readonly commit: (
      run: Effect.Effect<void, SagaRefused, Tenancy.Current>,
      success: unknown
    ) => Effect.Effect<void, SagaRefused, Tenancy.Current>
  }
}

/** Does work of an activity so that it happens once, and not at least once. */
class LocalActivity extends Context.Tag("infra/workflows/LocalActivity")<
  LocalActivity,
  LocalActivity.Shape
>() {
  static readonly layer = Layer.effect(
    LocalActivity,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const database = yield* Database

      const note = (record: ActivityRecord.Open, exit: string) =>
        sql<{ readonly outcome: "written" | "stale" | "lost" }>`
          SELECT cluster.record_activity(${record.executionId}, ${record.epoch}::bigint, ${record.name},
            ${record.attempt}::int, ${exit}) AS outcome`.pipe(
          Effect.orDie,
          Effect.flatMap(([row]) =>
            row === undefined || row.outcome === "written"
              ? Effect.void
              : Effect.fail(new _Unwritten({ outcome: row.outcome }))
          )
        )

      const recorded = (
        record: ActivityRecord.Open,
        run: _Run,
        success: unknown
      ): Effect.Effect<void, SagaRefused, Tenancy.Current> =>
        Effect.gen(function* () {
          const exit = yield* record.encode(success)
          // The row first: who has lost the run does nothing, and what the work locks last is held shortest.
          yield* database.transaction(Effect.zipRight(note(record, exit), run))
          yield* record.committed(exit)
        }).pipe(
          Effect.catchTag("LocalActivity.Unwritten", ({ outcome }) =>
            // Lost: a twin of the same run was first, and the engine takes its exit.
            outcome === "stale"
              ? Effect.flatMap(record.renewed, (renewed) => recorded(renewed, run, success))
              : Effect.void
          )
        )

      return LocalActivity.of({
        commit: (run, success) =>
          Effect.flatMap(
            ActivityRecord,
            Option.match({
              onNone: () => database.transaction(run),
              onSome: (record) => recorded(record, run, success)
            })
          )
      })
    })
  )
}

type _Run = Effect.Effect<void, SagaRefused, Tenancy.Current>

export { LocalActivity }
