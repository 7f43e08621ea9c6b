import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref, TestClock } from "effect"
import { LaneRounds } from "./lane-rounds.ts"

/** Rounds over partitions that a test gives and takes; `sweeps` are those that each sweep saw. */
const rounds = (fails = false) =>
  Effect.gen(function* () {
    const owned = yield* Ref.make<ReadonlyArray<number>>([1, 2])
    const sweeps = yield* Ref.make<ReadonlyArray<ReadonlyArray<number>>>([])
    const sweep = Effect.gen(function* () {
      const now = yield* Ref.get(owned)
      yield* Ref.update(sweeps, (all) => [...all, now])
      yield* Effect.when(Effect.die("no database"), () => fails)
    })
    yield* Effect.forkScoped(LaneRounds.run({ owned: Ref.get(owned), sweep }))
    yield* TestClock.adjust("1 millis")
    return { own: (partitions: ReadonlyArray<number>) => Ref.set(owned, partitions), sweeps: Ref.get(sweeps) }
  })

describe("LaneRounds", () => {
  it.scoped("sweep at once, and then every five seconds", () =>
    Effect.gen(function* () {
      const { sweeps } = yield* rounds()
      const first = yield* sweeps
      yield* TestClock.adjust("4900 millis")
      const before = yield* sweeps
      yield* TestClock.adjust("200 millis")

      assert.deepStrictEqual([first.length, before.length, (yield* sweeps).length], [1, 1, 2])
    })
  )

  it.scoped("sweep as soon as a partition has come, and not when one has gone", () =>
    Effect.gen(function* () {
      const { own, sweeps } = yield* rounds()
      yield* own([1])
      yield* TestClock.adjust("1 seconds")
      const afterLoss = yield* sweeps
      yield* own([1, 7])
      yield* TestClock.adjust("250 millis")

      assert.lengthOf(afterLoss, 1)
      assert.deepStrictEqual(yield* sweeps, [
        [1, 2],
        [1, 7]
      ])
    })
  )

  it.scoped("go on after a sweep that failed", () =>
    Effect.gen(function* () {
      const { sweeps } = yield* rounds(true)
      yield* TestClock.adjust("5 seconds")

      assert.lengthOf(yield* sweeps, 2)
    })
  )
})
