import { Clock, Context, Effect, Layer } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { JobError } from "./job-error.ts"

declare namespace JobBacklog {
  type Lane = { readonly partition: number; readonly lane: string; readonly queue: string }
  type Shape = {
    /** Lets so many rows into the lane, or refuses them all. */
    readonly admit: (lane: JobBacklog.Lane, rows: number, bound: number) => Effect.Effect<void, JobError>
  }
}

type _Credit = { readonly rows: number; readonly refusedUntil: number }

/** A lane is counted after this share of its bound was admitted here. */
const _share = 16
/** After a refusal nobody counts for so long. */
const _pauseSeconds = 1
/** Lanes whose credit is remembered; then all are forgotten and counted anew. */
const _remembered = 10_000

const _none: _Credit = { rows: 0, refusedUntil: 0 }

/**
 * Bounds what waits. A count is worth a credit of rows that come in without another one, so it costs a tenant
 * that submits little one statement in the life of a replica.
 */
class JobBacklog extends Context.Tag("infra/jobs/JobBacklog")<JobBacklog, JobBacklog.Shape>() {
  static readonly layer = Layer.effect(
    JobBacklog,
    Effect.gen(function* () {
      const infra = yield* InfraSql
      const credits = new Map<string, _Credit>()
      const counting = Effect.unsafeMakeSemaphore(2)

      const waiting = ({ lane, partition }: JobBacklog.Lane, limit: number) =>
        infra<{ readonly rows: number }>`
          SELECT count(*)::int AS rows FROM (SELECT FROM jobs
            WHERE partition = ${partition} AND lane = ${lane} AND next_due IS NOT NULL
            LIMIT ${limit}) AS found`.pipe(
          Effect.orDie,
          Effect.map(([row]) => row?.rows ?? 0)
        )

      const grant = (lane: string, credit: _Credit): void => {
        credits.size >= _remembered && credits.clear()
        credits.set(lane, credit)
      }

      const spend = (lane: string, rows: number): boolean => {
        const credit = credits.get(lane) ?? _none
        const isEnough = credit.rows >= rows
        isEnough && credits.set(lane, { ...credit, rows: credit.rows - rows })
        return isEnough
      }

      const count = (lane: JobBacklog.Lane, rows: number, bound: number) =>
        Effect.gen(function* () {
          const room = bound - (yield* waiting(lane, bound + 1))
          const now = yield* Clock.currentTimeMillis
          const isFull = rows > room
          grant(lane.lane, {
            rows: isFull ? 0 : Math.min(Math.max(Math.ceil(bound / _share), rows), room) - rows,
            refusedUntil: isFull ? now + _pauseSeconds * 1000 : 0
          })
          yield* Effect.when(_refuse(lane), () => isFull)
        })

      const admit: JobBacklog.Shape["admit"] = (lane, rows, bound) =>
        Effect.gen(function* () {
          const { refusedUntil } = credits.get(lane.lane) ?? _none
          const now = yield* Clock.currentTimeMillis
          yield* Effect.when(_refuse(lane), () => now < refusedUntil)
          yield* Effect.unless(count(lane, rows, bound), () => spend(lane.lane, rows))
        })

      return JobBacklog.of({
        admit: (lane, rows, bound) =>
          Effect.suspend(() =>
            spend(lane.lane, rows) ? Effect.void : counting.withPermits(1)(admit(lane, rows, bound))
          )
      })
    })
  )
}

const _refuse = ({ queue }: JobBacklog.Lane) =>
  Effect.fail(new JobError({ reason: "Backlog", queue, retryAfterSeconds: _pauseSeconds }))

export { JobBacklog }
