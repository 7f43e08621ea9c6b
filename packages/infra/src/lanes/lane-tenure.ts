import { Effect, ExecutionStrategy, Exit, Fiber, MutableRef, Option, Schedule, Scope } from "effect"
import { ClusterSelf } from "../context/cluster-self.ts"
import { InfraSql } from "../storage/infra-sql.ts"

declare namespace LaneTenure {
  type Term = { readonly epoch: number; readonly scope: Scope.CloseableScope }
  type Shape = {
    /** The present term; waits for the take-over. */
    readonly current: Effect.Effect<LaneTenure.Term>
    /** What the sweep found as the epoch of the partition. */
    readonly see: (epoch: number) => Effect.Effect<void>
  }
}

/** Sweeps in a row, 5 s apart, that find a newer epoch before this owner takes over anew. */
const _patience = 2

/**
 * The terms in which a replica owns a partition. Nobody but the owner raises the epoch for long: one that
 * still lives after two sweeps under a newer epoch was passed over and is the owner, after all (a former one
 * is interrupted within the life of its shard lock), so it begins a new term; what ran in the old one ends.
 */
const LaneTenure = {
  make: (partition: number) =>
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const { replica } = yield* ClusterSelf
      // All work ends at once: one after the other would use up the time that a leaving replica has.
      const work = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
      const strikes = MutableRef.make(0)

      const takeOver = sql<{ readonly epoch: number }>`
        UPDATE lane_partitions SET epoch = epoch + 1, owner = ${replica}
        WHERE partition = ${partition} RETURNING epoch`.pipe(
        Effect.retry(Schedule.spaced("1 second")),
        Effect.orDie,
        Effect.flatMap(([row]) =>
          Effect.map(Scope.fork(work, ExecutionStrategy.parallel), (scope) => ({
            epoch: row?.epoch ?? 0,
            scope
          }))
        )
      )
      // In the background, so that a slow take-over neither fails the wake nor is cut off by its deadline.
      const begin = Effect.forkIn(takeOver, work)
      const term = MutableRef.make(yield* begin)

      const renew = (old: LaneTenure.Term) =>
        Effect.gen(function* () {
          yield* Effect.logWarning("a partition was taken over by nobody who works on it; a new term begins")
          MutableRef.set(term, yield* begin)
          yield* Effect.forkIn(Scope.close(old.scope, Exit.void), work)
        }).pipe(Effect.annotateLogs({ partition }), Effect.uninterruptible)

      const judge = (held: LaneTenure.Term, epoch: number) =>
        Effect.suspend(() => {
          const count = epoch > held.epoch ? MutableRef.incrementAndGet(strikes) : 0
          const renewed = count >= _patience
          MutableRef.set(strikes, renewed ? 0 : count)
          return Effect.asVoid(Effect.when(renew(held), () => renewed))
        })

      return {
        current: Effect.suspend(() => Fiber.join(MutableRef.get(term))),
        see: (epoch: number) =>
          Effect.flatMap(
            Effect.suspend(() => Fiber.poll(MutableRef.get(term))),
            Option.match({
              onNone: () => Effect.void,
              onSome: Exit.match({ onFailure: () => Effect.void, onSuccess: (held) => judge(held, epoch) })
            })
          )
      }
    })
} as const

export { LaneTenure }
