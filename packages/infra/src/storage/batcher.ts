import { Cause, Duration, Effect, Exit, FiberSet, Metric, MetricBoundaries, type Scope } from "effect"
import { BatchLobby } from "./batch-lobby.ts"
import { EventLoop } from "./event-loop.ts"
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

type _Item<Row, A, E> = BatchLobby.Item<Row, A, E>

/** Above every statement's own deadline: it only catches a connection that died in silence. */
const _deadline = Duration.seconds(70)

/** Rows that are written one by one after their batch was refused: so many at once. */
const _alone = 4

/** Rows that are worth a statement beside one that is under way; fewer wait for its end. */
const _worthwhile = 16

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
    Effect.onInterrupt(() => _tell(items, () => Effect.interrupt)),
    Effect.exit,
    Effect.flatMap(
      Exit.match({
        onSuccess: (results) => _tell(items, (index) => results[index] ?? _lost),
        onFailure: (cause) =>
          items.length > 1 && _isPoison(cause)
            ? Effect.forEach(items, (item) => _settle(write, [item]), { discard: true, concurrency: _alone })
            : _tell(items, () => Exit.failCause(cause))
      })
    )
  )

const _tell = <Row, A, E>(
  items: ReadonlyArray<_Item<Row, A, E>>,
  resultOf: (index: number) => Effect.Effect<A, E>
) =>
  Effect.sync(() => {
    items.forEach(({ resume }, index) => {
      resume(resultOf(index))
    })
  })

/** At most so many statements at once; the result begins another one if there are rows for it. */
const _workers = <Row, A, E>(
  write: Batcher.Write<Row, A, E>,
  lobby: BatchLobby.Shape<Row, A, E>,
  show: () => void,
  { inFlight, name }: Batcher.Options<Row>
) =>
  Effect.map(FiberSet.makeRuntime<never>(), (fork) => {
    const counted = Metric.tagged(_rows, "batch", name)
    let running = 0
    let isStarting = false
    const isDue = (others: number): boolean => lobby.waiting() >= (others === 0 ? 1 : _worthwhile)

    const turn = Effect.suspend(() => {
      isStarting = false
      const items = lobby.take()
      start()
      const settled = Effect.sync(() => {
        lobby.leave(items)
        show()
      })
      return items.length === 0
        ? Effect.void
        : Effect.zipRight(Metric.update(counted, items.length), _settle(write, items)).pipe(
            Effect.ensuring(settled)
          )
    })
    const ended = Effect.sync(() => {
      running -= 1
      start()
    })
    // Whoever writes in the same turn of the event loop comes into the same statement.
    const turns = EventLoop.turn.pipe(
      Effect.zipRight(Effect.repeat(turn, { while: () => isDue(running - 1) })),
      Effect.ensuring(ended)
    )
    const start = (): void => {
      if (isStarting || running >= inFlight || !isDue(running)) return
      isStarting = true
      running += 1
      fork(turns)
    }
    return start
  })

/**
 * Group commit: concurrent writers share one statement. It clocks itself (what arrives while a statement
 * runs makes up the next one), so there is no timer window; a writer resumes when the statement that holds
 * its row has ended. A row that the database refuses fails alone: its batch is written again row by row.
 * At most four batches wait; then a writer waits for room. A writer that is interrupted leaves its row in
 * the batch. A row costs a callback and no fiber: everything durable passes through here.
 */
const Batcher = {
  make: <Row, A, E>(
    write: Batcher.Write<Row, A, E>,
    options: Batcher.Options<Row>
  ): Effect.Effect<(row: Row) => Effect.Effect<A, E>, never, Scope.Scope> =>
    Effect.gen(function* () {
      const lobby = BatchLobby.make<Row, A, E>(options.maxSize)
      const waiting = Metric.tagged(_waiting, "batch", options.name)
      const idle = Effect.unsafeMakeLatch(true)
      const show = (): void => {
        waiting.unsafeUpdate(lobby.held.size, [])
        if (lobby.held.size === 0) idle.unsafeOpen()
      }
      const start = yield* _workers(write, lobby, show, options)
      let isClosed = false

      // Runs before the workers end: what has been handed over is written, and nobody waits for ever.
      yield* Effect.addFinalizer(() =>
        idle.await.pipe(
          Effect.timeoutOption(_farewell),
          Effect.interruptible,
          Effect.zipRight(
            Effect.suspend(() => {
              isClosed = true
              return _tell([...lobby.held], () => Effect.interrupt)
            })
          )
        )
      )

      return (row: Row) =>
        Effect.async<A, E>((resume) => {
          const item = { row, size: Math.min(options.sizeOf?.(row) ?? 0, BatchLobby.room), resume }
          if (isClosed) return resume(Effect.interrupt)
          idle.unsafeClose()
          lobby.enter(item)
          show()
          start()
          return Effect.sync(() => {
            lobby.giveUp(item)
            show()
          })
        })
    })
} as const

export { Batcher }
