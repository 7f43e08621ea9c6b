import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Chunk, Deferred, Effect, Fiber, Option, Schema, Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { EventBus } from "./event-bus.ts"
import { EventDefinition } from "./event-definition.ts"

const Noted = EventDefinition.make("note.taken", { text: Schema.String }, { description: "A note." })

const noted = (text: string) =>
  EventBus.emission(Noted, Noted.make({ text }), { aggregateId: "a", version: 0 })

const emit = (from: number, count: number) =>
  Effect.flatMap(EventBus, (bus) =>
    bus.emit(Array.from({ length: count }, (_, index) => noted(String(from + index))))
  )

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

/** Numbers of the next events after `after`. */
const numbers = (after: Option.Option<number>, count: number) =>
  Effect.flatMap(EventBus, (bus) =>
    bus.watch(after).pipe(
      Stream.flatMap(({ events }) => Stream.fromIterable(events)),
      Stream.take(count),
      Stream.map(({ seq }) => seq),
      Stream.runCollect,
      Effect.map(Chunk.toReadonlyArray),
      Effect.timeout("15 seconds")
    )
  )

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

/** Keeps everybody from reading the log until `release`. */
const logLocked = (release: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const held = yield* Deferred.make<void>()
    yield* sql`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`.pipe(
      Effect.zipRight(Deferred.succeed(held, undefined)),
      Effect.zipRight(Deferred.await(release)),
      sql.withTransaction,
      Effect.provide(TestDatabase.as("tessera_owner")),
      Effect.forkScoped
    )
    yield* Deferred.await(held)
  }).pipe(Effect.provide(TestDatabase.as("tessera_owner")))

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })("EventTails", (it) => {
  it.scoped("let a crowd that comes at once share one reader of the log", () =>
    Effect.gen(function* () {
      yield* emit(1, 20)
      const first = yield* Effect.fork(numbers(Option.some(0), 25))
      yield* Effect.zipRight(numbers(Option.some(0), 20), emit(21, 5))
      yield* Fiber.join(first)
      const release = yield* Deferred.make<void>()
      yield* logLocked(release)

      const crowd = yield* Effect.forEach(range(0, 300), () => numbers(Option.some(22), 3), {
        concurrency: "unbounded"
      }).pipe(Effect.ensuring(Deferred.succeed(release, undefined)))

      assert.lengthOf(crowd, 300)
      assert.deepStrictEqual(new Set(crowd.map(String)), new Set([String([23, 24, 25])]))
    }).pipe(asTenant)
  )

  it.scoped("give who was away for long the log itself, and then what comes", () =>
    Effect.gen(function* () {
      const stays = yield* Effect.fork(numbers(Option.some(0), 1300))
      yield* Effect.forEach(range(0, 13), (index) => emit(index * 100, 100), { discard: true })
      yield* Fiber.join(stays)

      const late = yield* Effect.fork(numbers(Option.some(7), 1343))
      yield* emit(1300, 50)

      assert.deepStrictEqual(yield* Fiber.join(late), range(8, 1343))
    }).pipe(asTenant)
  )

  it.scoped("begin with what comes for who names no number, or one that the log has not reached", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      yield* emit(1, 3)
      yield* numbers(Option.some(0), 3)
      const heads = yield* Effect.forEach([Option.none<number>(), Option.some(4711)], (after) =>
        Effect.map(Stream.runHead(bus.watch(after)), Option.getOrThrow)
      )
      const isOpen = yield* Deferred.make<void>()
      const news = yield* bus.watch(Option.some(4711)).pipe(
        Stream.tap(() => Deferred.succeed(isOpen, undefined)),
        Stream.mapConcat(({ events }) => events.map(({ seq }) => seq)),
        Stream.take(2),
        Stream.runCollect,
        Effect.map(Chunk.toReadonlyArray),
        Effect.fork
      )
      yield* Deferred.await(isOpen)
      yield* emit(4, 2)

      assert.deepStrictEqual(
        heads.map(({ events, head }) => [head, events.length]),
        [
          [3, 0],
          [3, 0]
        ]
      )
      assert.deepStrictEqual(yield* Fiber.join(news), [4, 5])
    }).pipe(asTenant)
  )

  it.scoped("carry nothing of another tenant", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      yield* emit(1, 5)
      yield* numbers(Option.some(0), 5)

      const other = yield* asTenant(Effect.map(Stream.runHead(bus.watch(Option.some(0))), Option.getOrThrow))

      assert.deepStrictEqual([other.head, other.events.length], [0, 0])
    }).pipe(asTenant)
  )
})
