import { FileSystem, Path } from "@effect/platform"
import { Chunk, Deferred, Effect, Exit, Queue, Ref } from "effect"

type _Item = { readonly text: string; readonly written: ReadonlyArray<Deferred.Deferred<void>> }

declare namespace Journal {
  type Shape = {
    /** The whole lines found when the file was opened, oldest first. */
    readonly lines: ReadonlyArray<string>
    /**
     * Keeps the order of the calls; nothing is on disk before `flush`. Synchronous, so that deciding and
     * enqueueing can be one step. A line holds no line feed.
     */
    readonly enqueue: (lines: ReadonlyArray<string>) => void
    /** Returns when everything enqueued before it is on disk. Callers that wait together share one fsync. */
    readonly flush: Effect.Effect<void>
  }
}

/** Items written and synced together. */
const _batch = 4_096

/**
 * An append-only NDJSON file, held in memory while it is read: keep it below 400 MB. After a failed write
 * every later `flush` dies, because memory is then ahead of the disk and no answer may be given any more.
 */
const Journal = {
  open: Effect.fn("Journal.open")(function* (file: string) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fileSystem.makeDirectory(path.dirname(file), { recursive: true })
    const lines = yield* _wholeLines(file)
    const handle = yield* fileSystem.open(file, { flag: "a" })
    const pending = yield* Queue.unbounded<_Item>()
    const health = yield* Ref.make<Effect.Effect<void>>(Effect.void)

    const write = (text: string): Effect.Effect<void> =>
      Effect.flatten(Ref.get(health)).pipe(
        Effect.zipRight(handle.writeAll(new TextEncoder().encode(text))),
        Effect.zipRight(handle.sync),
        Effect.orDie,
        Effect.tapErrorCause((cause) => Ref.set(health, Effect.failCause(cause))),
        Effect.when(() => text.length > 0)
      )

    const settle = Effect.fnUntraced(function* (items: ReadonlyArray<_Item>) {
      const exit = yield* Effect.exit(write(items.map(({ text }) => text).join("")))
      yield* Effect.forEach(items, ({ written }) =>
        Effect.forEach(written, (deferred) => Deferred.done(deferred, Exit.asVoid(exit)))
      )
    })

    // One writer: callers who queued for a lock would all wake up at every release. It can be interrupted
    // while it waits, whatever region opened the journal, and not while it writes: the file closes after.
    yield* Effect.interruptible(Queue.takeBetween(pending, 1, _batch)).pipe(
      Effect.map(Chunk.toReadonlyArray),
      Effect.flatMap(settle),
      Effect.forever,
      Effect.uninterruptible,
      Effect.forkScoped
    )

    const flush = Effect.gen(function* () {
      const written = yield* Deferred.make<void>()
      yield* Queue.offer(pending, { text: "", written: [written] })
      yield* Deferred.await(written)
    })

    const enqueue = (added: ReadonlyArray<string>): void =>
      added.forEach((line) => {
        pending.unsafeOffer({ text: `${line}\n`, written: [] })
      })

    return { lines, enqueue, flush } satisfies Journal.Shape
  }, Effect.orDie)
} as const

/** A process killed while it wrote leaves half a line. It was never answered for, so it is cut off. */
const _wholeLines = Effect.fn("Journal.wholeLines")(function* (file: string) {
  const fileSystem = yield* FileSystem.FileSystem
  yield* fileSystem.writeFileString(file, "", { flag: "a" })
  const text = yield* fileSystem.readFileString(file)
  const whole = text.slice(0, text.lastIndexOf("\n") + 1)
  yield* Effect.when(
    fileSystem.truncate(file, FileSystem.Size(new TextEncoder().encode(whole).length)),
    () => whole.length < text.length
  )
  return whole.split("\n").slice(0, -1)
})

export { Journal }
