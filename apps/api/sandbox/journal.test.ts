import { FileSystem } from "@effect/platform"
import { SystemError } from "@effect/platform/Error"
import { NodeContext } from "@effect/platform-node"
import { expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { Journal } from "./journal.ts"

const file = Effect.gen(function* () {
  const fileSystem = yield* FileSystem.FileSystem
  return `${yield* fileSystem.makeTempDirectoryScoped()}/deep/journal.ndjson`
})
const lines = (path: string) => Effect.scoped(Effect.map(Journal.open(path), (journal) => journal.lines))

it.scopedLive("has on disk, in order, what was enqueued before a flush returned", () =>
  Effect.gen(function* () {
    const path = yield* file
    const journal = yield* Journal.open(path)
    const numbers = Array.from({ length: 5_000 }, (_, index) => String(index))
    for (const number of numbers) journal.enqueue([number])

    yield* journal.flush

    expect(yield* lines(path)).toEqual(numbers)
  }).pipe(Effect.provide(NodeContext.layer))
)

it.scopedLive("lets many flushes wait together", () =>
  Effect.gen(function* () {
    const path = yield* file
    const journal = yield* Journal.open(path)

    yield* Effect.forEach(
      Array.from({ length: 200 }, (_, index) => String(index)),
      (line) =>
        Effect.zipRight(
          Effect.sync(() => journal.enqueue([line])),
          journal.flush
        ),
      { concurrency: "unbounded" }
    )

    expect(yield* lines(path)).toHaveLength(200)
  }).pipe(Effect.provide(NodeContext.layer))
)

it.scopedLive("cuts off half a line and goes on after the last whole one", () =>
  Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* file
    yield* Effect.scoped(Journal.open(path))
    yield* fileSystem.writeFileString(path, 'é\n"hal')

    const journal = yield* Journal.open(path)
    journal.enqueue(["b"])
    yield* journal.flush

    expect(yield* fileSystem.readFileString(path)).toBe("é\nb\n")
  }).pipe(Effect.provide(NodeContext.layer))
)

it.scopedLive("gives no answer any more once a write failed, although the disk recovers", () =>
  Effect.gen(function* () {
    const real = yield* FileSystem.FileSystem
    const path = yield* file
    const full = new SystemError({
      reason: "Unknown",
      module: "FileSystem",
      method: "write",
      description: "ENOSPC"
    })
    const failures = [full]
    const failing = FileSystem.FileSystem.of({
      ...real,
      open: (...args) =>
        Effect.map(real.open(...args), (handle) =>
          Object.assign(Object.create(handle), {
            writeAll: (bytes: Uint8Array) =>
              Effect.suspend(() =>
                Effect.zipRight(Effect.fromNullable(failures.pop()), Effect.fail(full))
              ).pipe(Effect.catchTag("NoSuchElementException", () => handle.writeAll(bytes)))
          })
        )
    })
    const journal = yield* Journal.open(path).pipe(Effect.provideService(FileSystem.FileSystem, failing))
    journal.enqueue(["lost"])
    const first = yield* Effect.exit(journal.flush)
    journal.enqueue(["late"])

    const second = yield* Effect.exit(journal.flush)

    for (const exit of [first, second])
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toMatchObject({ description: "ENOSPC" })
    expect(yield* lines(path)).toEqual([])
  }).pipe(Effect.provide(NodeContext.layer))
)

it.scopedLive("closes at once, also when it was opened where nothing may be interrupted", () =>
  Effect.gen(function* () {
    const path = yield* file

    const closing = yield* Effect.fork(Effect.uninterruptible(Effect.scoped(Journal.open(path))))

    expect((yield* Fiber.join(closing).pipe(Effect.timeout("1 second"))).lines).toEqual([])
  }).pipe(Effect.provide(NodeContext.layer))
)
