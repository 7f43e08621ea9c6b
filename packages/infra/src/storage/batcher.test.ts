import { assert, describe, it } from "@effect/vitest"
import { Chunk, Data, Deferred, Effect, Exit, Fiber, Metric, Scope, TestClock } from "effect"
import { Batcher } from "./batcher.ts"
import { EventLoop } from "./event-loop.ts"

/** A metric is known by its description, too. */
const waitingText = "Writers that wait for the statement with their row to end, or for room in the queue."

class Refused extends Data.TaggedError("Refused")<{ readonly cause: { readonly code: string } }> {}

const poison = (code: string) => new Refused({ cause: { code } })

/** A writer that remembers its batches, waits for `gate` and refuses a batch that holds `bad`. */
const recording = (gate: Deferred.Deferred<void>, bad: number, code: string) => {
  const batches: Array<ReadonlyArray<number>> = []
  const write: Batcher.Write<number, number, Refused> = (rows) =>
    Deferred.await(gate).pipe(
      Effect.zipRight(Effect.sync(() => batches.push(rows))),
      Effect.zipRight(
        rows.includes(bad)
          ? Effect.fail(poison(code))
          : Effect.succeed(rows.map((row) => Exit.succeed(row * 10)))
      )
    )
  return { batches, write }
}

const rows = [1, 2, 3, 4, 5]

const gauge = (batch: string) =>
  Effect.map(
    Metric.value(Metric.tagged(Metric.gauge("batch_waiting", { description: waitingText }), "batch", batch)),
    ({ value }) => value
  )

const written = (bad: number, code: string) =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const { batches, write } = recording(gate, bad, code)
    const add = yield* Batcher.make(write, { name: "test", maxSize: 10, inFlight: 1 })

    const first = yield* Effect.fork(add(0))
    yield* Effect.repeatN(EventLoop.turn, 2)
    const rest = yield* Effect.fork(
      Effect.forEach(rows, (row) => Effect.exit(add(row)), { concurrency: "unbounded" })
    )
    yield* Effect.repeatN(EventLoop.turn, 2)
    yield* Deferred.succeed(gate, undefined)
    yield* Fiber.join(first)
    return { results: yield* Fiber.join(rest), batches }
  })

describe("Batcher", () => {
  it.scoped("makes what arrives during a statement the next one, and gives each writer its own result", () =>
    Effect.gen(function* () {
      const { batches, results } = yield* written(-1, "")

      assert.deepStrictEqual(batches, [[0], rows])
      assert.deepStrictEqual(
        results,
        rows.map((row) => Exit.succeed(row * 10))
      )
    })
  )

  it.scoped("lets only the row fail that the database refuses", () =>
    Effect.gen(function* () {
      const { batches, results } = yield* written(3, "22021")

      assert.deepStrictEqual(batches, [[0], rows, ...rows.map((row) => [row])])
      assert.deepStrictEqual(results.map(Exit.isSuccess), [true, true, false, true, true])
    })
  )

  it.scoped("lets a row fail alone that waited for somebody's lock", () =>
    Effect.gen(function* () {
      const { results } = yield* written(3, "55P03")

      assert.deepStrictEqual(results.map(Exit.isSuccess), [true, true, false, true, true])
    })
  )

  it.scoped("makes writers wait outside when the queue is full, and serves them all", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { batches, write } = recording(gate, -1, "")
      const add = yield* Batcher.make(write, { name: "full", maxSize: 2, inFlight: 1 })
      const all = Array.from({ length: 40 }, (_, index) => index)
      const fibers = yield* Effect.forEach(all, (row) => Effect.fork(add(row)))
      yield* Effect.repeatN(EventLoop.turn, 2)
      const waiting = yield* gauge("full")
      // Neither in the statement nor among the four batches of the queue: it leaves without a trace.
      yield* Fiber.interrupt(fibers[39]!)

      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(fibers.slice(0, 39), Fiber.join)

      assert.strictEqual(waiting, 40)
      assert.deepStrictEqual(
        batches.flat().toSorted((one, other) => one - other),
        all.slice(0, 39)
      )
      assert.strictEqual(yield* gauge("full"), 0)
    })
  )

  it.scoped("makes writers wait when what is held takes too much room", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { batches, write } = recording(gate, -1, "")
      const sizeOf = () => 8 * 1_048_576
      const add = yield* Batcher.make(write, { name: "large", maxSize: 10, inFlight: 1, sizeOf })
      const fibers = yield* Effect.forEach([0, ...rows], (row) => Effect.fork(add(row)))
      yield* Effect.repeatN(EventLoop.turn, 2)

      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(fibers, Fiber.join)

      assert.isTrue(batches.every(({ length }) => length <= 2))
      assert.strictEqual(batches.flat().length, 6)
    })
  )

  it.effect("writes what it holds before its scope ends", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { batches, write } = recording(gate, -1, "")
      const scope = yield* Scope.make()
      const add = yield* Scope.extend(Batcher.make(write, { name: "ends", maxSize: 10, inFlight: 1 }), scope)
      const fibers = yield* Effect.forEach([0, ...rows], (row) => Effect.fork(add(row)))
      yield* Effect.repeatN(EventLoop.turn, 2)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.repeatN(EventLoop.turn, 2)

      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(fibers, Fiber.join)
      yield* Fiber.join(closing)

      assert.strictEqual(batches.flat().length, 6)
    })
  )

  it.effect("lets nobody wait for ever when its scope ends and the database does not answer", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { batches, write } = recording(gate, -1, "")
      const scope = yield* Scope.make()
      const add = yield* Scope.extend(Batcher.make(write, { name: "silent", maxSize: 1, inFlight: 1 }), scope)
      const fibers = yield* Effect.forEach([0, ...rows], (row) => Effect.fork(add(row)))
      yield* Effect.repeatN(EventLoop.turn, 2)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.repeatN(EventLoop.turn, 2)

      // The deadline of the statement, and the patience of the end.
      yield* TestClock.sleeps().pipe(Effect.repeat({ until: (sleeps) => Chunk.size(sleeps) === 2 }))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(closing)
      const ended = yield* Effect.forEach(fibers, Fiber.await)

      assert.isTrue(ended.every(Exit.isInterrupted))
      assert.deepStrictEqual(batches, [])
    })
  )

  it.scoped("does not write a batch again whose way to the database broke", () =>
    Effect.gen(function* () {
      const { batches, results } = yield* written(3, "57P01")

      assert.deepStrictEqual(batches, [[0], rows])
      assert.isTrue(results.every(Exit.isFailure))
    })
  )
})
