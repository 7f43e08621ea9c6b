import { type Statement } from "@effect/sql"
import { Array as Arr, Context, Effect, Exit, Layer, Metric, Schema } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { Batcher } from "../storage/batcher.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { InfraStatements } from "../storage/infra-statements.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { JobStatements } from "./job-statements.ts"

declare namespace JobStore {
  type Claimed = {
    readonly tenantId: string
    readonly id: string
    readonly name: string
    readonly payload: unknown
    readonly actor: Tenancy.Actor
    /** Of the submit; null for a job of an older version or one that was submitted outside a trace. */
    readonly traceparent: string | null
    readonly attempts: number
    readonly maxAttempts: number
  }
  type Outcome = {
    readonly id: string
    readonly tenantId: string
    readonly partition: number
    readonly epoch: number
    readonly status: "succeeded" | "queued" | "dead"
    /** Milliseconds from now until the next attempt; null when there is none. */
    readonly delayMillis: number | null
    readonly error: string | null
  }
  type Claim = {
    readonly partition: number
    readonly epoch: number
    readonly lane: string
    readonly limit: number
    /**
     * Jobs under way here: a row that is `running` without being one of them was claimed in vain. Null does
     * not ask for such rows.
     */
    readonly inFlight: ReadonlyArray<string> | null
  }
  type Claims = {
    readonly jobs: ReadonlyArray<JobStore.Claimed>
    /** Until the lane's next row that is not due yet; null when it has none or another owner. */
    readonly nextMillis: number | null
  }
  type Shape = {
    /** Lanes that claim at the same time share a statement. */
    readonly claim: (claim: JobStore.Claim) => Effect.Effect<JobStore.Claims>
    /**
     * Group-committed; false when the row was left alone, because its job has another owner or was completed
     * before.
     */
    readonly complete: (outcome: JobStore.Outcome) => Effect.Effect<boolean>
    /** A query for the rows that are due, as lanes want it. */
    readonly due: (partitions: ReadonlyArray<number>) => Statement.Fragment
  }
}

type _Row = Omit<JobStore.Claimed, "actor"> & {
  readonly place: number
  readonly nextMillis: number | null
  readonly actor: string
}

const _kind = "jobs"
const _actors = 1000
const _decodeActor = Schema.decodeSync(Schema.parseJson(Tenancy.Actor))

/**
 * Rows of `jobs` as their owner sees them: claimed and completed as `tessera_infra` under the partition's
 * epoch.
 */
class JobStore extends Context.Tag("infra/jobs/JobStore")<JobStore, JobStore.Shape>() {
  static readonly kind = _kind

  static readonly layer = Layer.scoped(
    JobStore,
    Effect.gen(function* () {
      const infra = yield* InfraSql
      const statements = yield* InfraStatements
      const claimed = yield* _claims

      const claim = yield* Batcher.make(
        (claims: ReadonlyArray<JobStore.Claim>) =>
          statements.query<_Row>(JobStatements.claim, [JSON.stringify(claims.map(_placed))]).pipe(
            Effect.orDie,
            Effect.map(Arr.groupBy(({ place }) => String(place))),
            Effect.map((lanes) => claims.map((_, place) => Exit.succeed(claimed(lanes[place] ?? []))))
          ),
        { name: "job-claims", maxSize: 32, inFlight: 2 }
      )

      const complete = yield* Batcher.make(
        (outcomes: ReadonlyArray<JobStore.Outcome>) =>
          statements.query<{ readonly id: string }>(JobStatements.complete, [JSON.stringify(outcomes)]).pipe(
            Effect.orDie,
            Effect.map((rows) => new Set(rows.map(({ id }) => id))),
            Effect.tap(({ size }) => Metric.incrementBy(Lanes.metrics.stale(_kind), outcomes.length - size)),
            Effect.map((written) => outcomes.map(({ id }) => Exit.succeed(written.has(id))))
          ),
        { name: "job-outcomes", maxSize: 200, inFlight: 2 }
      )

      return JobStore.of({
        claim,
        complete,
        due: (partitions) => infra`
          SELECT j.partition, j.lane AS key, j.next_due AS due_at FROM jobs j
          WHERE j.partition = ANY (${partitions}::smallint[]) AND j.next_due <= now()`
      })
    })
  )
}

const _placed = (claim: JobStore.Claim, place: number) => ({ ...claim, place })

/** One actor stands behind many jobs, so each is decoded once. */
const _claims = Effect.sync(() => {
  const actors = new Map<string, Tenancy.Actor>()
  const actorOf = (text: string): Tenancy.Actor => {
    const known = actors.get(text) ?? _decodeActor(text)
    actors.size >= _actors && actors.clear()
    actors.set(text, known)
    return known
  }
  // A lane that got nothing has one row without a job.
  return (rows: ReadonlyArray<_Row>): JobStore.Claims => ({
    jobs: rows.filter(({ id }) => id !== null).map((row) => ({ ...row, actor: actorOf(row.actor) })),
    nextMillis: rows[0]?.nextMillis ?? null
  })
})

export { JobStore }
