import {
  Cause,
  Chunk,
  Deferred,
  Duration,
  Effect,
  Exit,
  FiberId,
  Metric,
  MetricBoundaries,
  Queue,
  type Scope
} from "effect"
import { SqlState } from "./sql-state.ts"

declare namespace Batcher {
  type Options<Row> = {
    /** Label of the metrics `batch_rows` and `batch_waiting`. */
    readonly name: string
    /** Rows of one statement, 1 to 1,000. */
    readonly maxSize: number
    /** Statements under way at once, 1 to 4. */
    readonly inFlight: number
    /** Characters that a row takes; rows of more than 16 Mi at once wait. Without it rows count as small. */
    readonly sizeOf?: (row: Row) => number
  }
  /** Writes the rows and gives one result for each, in their order. */
  type Write<Row, A, E> = (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E>>, E>
}

type _Item<Row, A, E> = { readonly row: Row; readonly done: Deferred.Deferred<A, E> }

/** Above every statement's own deadline: it only catches a connection that died in silence. */
const _deadline = Duration.seconds(70)

/** Characters that wait or are being written; above it a writer waits, however few rows they are. */
const _room = 16 * 1_048_576

/** Rows that are written one by one after their batch was refused: so many at once. */
const _alone = 4

/** How long the end of the scope waits for what has been handed over. */
const _farewell = Duration.seconds(2)

const _rows = Metric.histogram(
  "batch_rows",
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500]),
  "Rows that one statement wrote."
)
const _waiting = Metric.gauge("batch_waiting", {
  description: "Writers that wait for the statement with their row to end, or for room in the queue."
})

/**
 * SQL states after which nothing of the batch was written and only some rows are to blame: refused values
 * (classes 22 and 23), a deadlock, and a lock that somebody else's transaction keeps.
 */
const _isPoison = (cause: Cause.Cause<unknown>): boolean =>
  /^(2[23]...|40P01|40001|55P03)$/.test(SqlState.of(cause))

const _lost = Exit.die("a batch gave no result for this row")

/** Writes the rows and tells each writer; never fails. */
const _settle = <Row, A, E>(
  write: Batcher.Write<Row, A, E>,
  items: ReadonlyArray<_Item<Row, A, E>>
): Effect.Effect<void> =>
  write(items.map(({ row }) => row)).pipe(
    Effect.disconnect,
    Effect.timeoutFailCause({ duration: _deadline, onTimeout: () => Cause.die("a batch got no answer") }),
    Effect.onInterrupt(() =>
      Effect.forEach(items, ({ done }) => Deferred.interrupt(done), { discard: true })
    ),
    Effect.exit,
    Effect.flatMap(
      Exit.match({
        onSuccess: (results) =>
          Effect.forEach(items, ({ done }, index) => Deferred.done(done, results[index] ?? _lost), {
            discard: true
          }),
        onFailure: (cause) =>
          items.length > 1 && _isPoison(cause)
            ? Effect.forEach(items, (item) => _settle(write, [item]), { discard: true, concurrency: _alone })
            : Effect.forEach(items, ({ done }) => Deferred.failCause(done, cause), { discard: true })
      })
    )
  )

/**
 * Group commit: concurrent writers share one statement. It clocks itself (what arrives while a statement
 * runs makes up the next one), so there is no timer window; a writer resumes when the statement that holds
 * its row has ended. A row that the database refuses fails alone: its batch is written again row by row.
 * At most four batches wait; then a writer waits for room. A writer that is interrupted leaves its row in
 * the batch.
 */
const Batcher = {
  make: <Row, A, E>(
    write: Batcher.Write<Row, A, E>,
    options: Batcher.Options<Row>
  ): Effect.Effect<(row: Row) => Effect.Effect<A, E>, never, Scope.Scope> =>
    Effect.gen(function* () {
      const queue = yield* Queue.bounded<_Item<Row, A, E>>(options.maxSize * 4)
      const counted = Metric.tagged(_rows, "batch", options.name)
      const waiting = Metric.tagged(_waiting, "batch", options.name)
      const room = Effect.unsafeMakeSemaphore(_room)
      const idle = Effect.unsafeMakeLatch(true)
      /** Everything whose writer has had no result yet. */
      const held = new Set<Deferred.Deferred<A, E>>()
      const release = (items: ReadonlyArray<_Item<Row, A, E>>) =>
        Effect.suspend(() => {
          for (const { done } of items) held.delete(done)
          return held.size > 0 ? Effect.void : idle.open
        })

      const turn = Queue.takeBetween(queue, 1, options.maxSize).pipe(
        Effect.map(Chunk.toReadonlyArray),
        Effect.flatMap((items) =>
          Metric.update(counted, items.length).pipe(
            Effect.zipRight(_settle(write, items)),
            Effect.ensuring(release(items))
          )
        )
      )
      yield* Effect.forEach(
        Array.from({ length: options.inFlight }),
        () => Effect.forkScoped(Effect.forever(turn)),
        { discard: true }
      )
      // Runs before the workers end: what has been handed over is written, and nobody waits for ever.
      yield* Effect.addFinalizer(() =>
        idle.await.pipe(
          Effect.timeoutOption(_farewell),
          Effect.interruptible,
          Effect.zipRight(Queue.shutdown(queue)),
          Effect.zipRight(
            Effect.suspend(() => Effect.forEach(held, (done) => Deferred.interrupt(done), { discard: true }))
          )
        )
      )

      const add = (row: Row) =>
        Effect.suspend(() => {
          const done = Deferred.unsafeMake<A, E>(FiberId.none)
          const item = { row, done }
          held.add(done)
          return Effect.zipRight(idle.close, Queue.offer(queue, item)).pipe(
            Effect.onInterrupt(() => release([item])),
            Effect.zipRight(Deferred.await(done))
          )
        })
      const sized = (row: Row) =>
        options.sizeOf === undefined
          ? add(row)
          : room.withPermits(Math.min(options.sizeOf(row), _room))(add(row))
      return (row: Row) =>
        Metric.incrementBy(waiting, 1).pipe(
          Effect.zipRight(sized(row)),
          Effect.ensuring(Metric.incrementBy(waiting, -1))
        )
    })
} as const

export { Batcher }
