import { Cause, Chunk, Deferred, Duration, Effect, Queue, type Scope } from "effect"

declare namespace Batcher {
  type Options = {
    /** Rows of one statement, 1 to 1,000. */
    readonly maxSize: number
    /** Statements under way at once, 1 to 4. */
    readonly inFlight: number
  }
}

/** Above every statement's own deadline: it only catches a connection that died in silence. */
const _deadline = Duration.seconds(70)

/**
 * Group commit: concurrent writers share one statement. It clocks itself (what arrives while a statement
 * runs makes up the next one), so there is no timer window; a writer resumes when the statement that holds
 * its row has ended.
 */
const Batcher = {
  make: <Row, E>(
    write: (rows: ReadonlyArray<Row>) => Effect.Effect<void, E>,
    options: Batcher.Options
  ): Effect.Effect<(row: Row) => Effect.Effect<void, E>, never, Scope.Scope> =>
    Effect.gen(function* () {
      const queue = yield* Queue.bounded<{ readonly row: Row; readonly done: Deferred.Deferred<void, E> }>(
        options.maxSize * 4
      )
      const turn = Queue.takeBetween(queue, 1, options.maxSize).pipe(
        Effect.flatMap((items) =>
          write(Chunk.toReadonlyArray(items).map(({ row }) => row)).pipe(
            Effect.disconnect,
            Effect.timeoutFailCause({
              duration: _deadline,
              onTimeout: () => Cause.die("a batch got no answer")
            }),
            Effect.exit,
            Effect.flatMap((exit) => Effect.forEach(items, ({ done }) => Deferred.done(done, exit)))
          )
        )
      )
      yield* Effect.forEach(
        Array.from({ length: options.inFlight }),
        () => Effect.forkScoped(Effect.forever(turn)),
        { discard: true }
      )
      return (row: Row) =>
        Effect.gen(function* () {
          const done = yield* Deferred.make<void, E>()
          yield* Queue.offer(queue, { row, done })
          return yield* Deferred.await(done)
        })
    })
} as const

export { Batcher }
