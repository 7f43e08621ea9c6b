import { SqlClient } from "@effect/sql"
import { Array as Arr, Context, Effect, Exit, Layer, Option } from "effect"
import { Trace } from "../context/trace.ts"
import { Batcher } from "../storage/batcher.ts"
import { InfraStatements } from "../storage/infra-statements.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { JobStatements } from "./job-statements.ts"

declare namespace JobIntake {
  type Draft = {
    readonly id: string
    readonly queue: string
    readonly name: string
    readonly lane: string
    readonly partition: number
    readonly payload: unknown
    readonly maxAttempts: number
  }
  type Shape = {
    /**
     * In the caller's transaction when there is one. Otherwise one of one joins the statement of whoever
     * submits at the same time, and several have one of their own. `wake` runs after the commit.
     */
    readonly insert: (
      drafts: ReadonlyArray<JobIntake.Draft>,
      wake: Effect.Effect<void>
    ) => Effect.Effect<void, never, Tenancy.Current>
    /** Answers the id of the live job of this key: the draft's own, or that of one which was there before. */
    readonly once: (
      draft: JobIntake.Draft,
      dedupeKey: string,
      wake: Effect.Effect<void>
    ) => Effect.Effect<string, never, Tenancy.Current>
  }
}

type _Row = JobIntake.Draft & {
  readonly tenantId: string
  readonly actor: Tenancy.Actor
  readonly traceparent: string | null
  readonly dedupeKey: string | null
}

const _inTransaction = Effect.map(Effect.serviceOption(SqlClient.TransactionConnection), Option.isSome)

/**
 * How jobs get into their table. Rows of many tenants that share a statement are written as `tessera_infra`,
 * each under the tenant of its own submitter; a transaction writes as its tenant. A row with a key waits for
 * another transaction with the same, so it never shares a statement.
 */
class JobIntake extends Context.Tag("infra/jobs/JobIntake")<JobIntake, JobIntake.Shape>() {
  static readonly layer = Layer.scoped(
    JobIntake,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const statements = yield* InfraStatements
      const database = yield* Database

      const write = (rows: ReadonlyArray<_Row>) =>
        Effect.orDie(statements.query(JobStatements.insert, [JSON.stringify(rows)]))

      const share = yield* Batcher.make(
        (rows: ReadonlyArray<_Row>) =>
          Effect.as(
            write(rows),
            rows.map(() => Exit.void)
          ),
        { name: "jobs", maxSize: 200, inFlight: 2 }
      )

      const apart = (rows: ReadonlyArray<_Row>) =>
        Arr.match(rows, {
          onEmpty: () => Effect.void,
          onNonEmpty: ([first, ...rest]) => (rest.length === 0 ? share(first) : Effect.asVoid(write(rows)))
        })

      const within = (rows: ReadonlyArray<_Row>, wake: Effect.Effect<void>) =>
        sql
          .unsafe(JobStatements.insert, [JSON.stringify(rows)])
          .pipe(Effect.orDie, Effect.zipRight(database.afterCommit(wake)), database.transaction)

      const insert: JobIntake.Shape["insert"] = (drafts, wake) =>
        Effect.gen(function* () {
          const rows = yield* _rows(drafts, null)
          yield* (yield* _inTransaction) ? within(rows, wake) : Effect.zipRight(apart(rows), wake)
        })

      const once: JobIntake.Shape["once"] = (draft, dedupeKey, wake) =>
        Effect.gen(function* () {
          const rows = yield* _rows([draft], dedupeKey)
          const [job] = yield* Effect.orDie(
            sql.unsafe<{ readonly id: string }>(`${JobStatements.insert} ${JobStatements.onKey}`, [
              JSON.stringify(rows)
            ])
          )
          yield* database.afterCommit(wake)
          return job?.id ?? draft.id
        }).pipe(database.transaction)

      return JobIntake.of({ insert, once })
    })
  )
}

const _rows = (drafts: ReadonlyArray<JobIntake.Draft>, dedupeKey: string | null) =>
  Effect.gen(function* () {
    const actor = yield* Tenancy.Current
    const traceparent = yield* Trace.header
    return drafts.map((draft) => ({ ...draft, tenantId: actor.tenantId, actor, traceparent, dedupeKey }))
  })

export { JobIntake }
