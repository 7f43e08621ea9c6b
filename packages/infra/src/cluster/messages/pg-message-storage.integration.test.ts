import { MessageStorage } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Option } from "effect"
import { TestDatabase } from "../../testing/test-database.ts"
import { TestMessages } from "../../testing/test-messages.ts"

const here = TestMessages.address("here", 1)
const keyed = (id: number, key: string, address = here) =>
  TestMessages.request(id, address, new TestMessages.Keyed({ text: "t", key }))
const plain = (id: number, address = here, text = "t") =>
  TestMessages.request(id, address, new TestMessages.Plain({ text }))

const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

const stored = (pattern: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ readonly rows: number }>`
        SELECT count(*)::int AS rows FROM cluster_messages WHERE message_id LIKE ${pattern}`,
      ([row]) => row?.rows
    )
  )

/** Ends once so many sessions of the storage wait for somebody's lock. */
const waiting = (sessions: number) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql<{ readonly rows: number }>`
      SELECT count(*)::int AS rows FROM pg_stat_activity
      WHERE application_name = 'batched-messages' AND wait_event_type = 'Lock'
        AND datname = current_database()`.pipe(
      Effect.delay("5 millis"),
      Effect.repeat({ until: ([row]) => (row?.rows ?? 0) >= sessions }),
      Effect.timeoutFail({ duration: "10 seconds", onTimeout: () => "nobody waits" })
    )
  )

/** Somebody's transaction that holds the key until `release`, and then is undone. */
const holding = (key: string, release: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const held = yield* Deferred.make<void>()
    yield* sql`INSERT INTO cluster_messages (id, message_id, shard_id, entity_type, entity_id, kind, request_id)
      VALUES (1, ${`Sample/here/Watch/${key}`}, 'default:1', 'Sample', 'here', 0, 1)`.pipe(
      Effect.zipRight(Deferred.succeed(held, undefined)),
      Effect.zipRight(Deferred.await(release)),
      Effect.zipRight(Effect.fail("undone")),
      sql.withTransaction,
      Effect.ignore,
      Effect.forkScoped
    )
    yield* Deferred.await(held)
  })

const database = TestDatabase.as("tessera_infra").pipe(Layer.provideMerge(TestDatabase.layer))

layer(TestMessages.batched.pipe(Layer.provideMerge(database)), {
  timeout: "60 seconds",
  excludeTestServices: true
})("PgMessageStorage", (it) => {
  it.scoped("lets a message fail alone that the database refuses", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      const poison = TestMessages.address("nul \u0000", 1)

      const saved = yield* Effect.forEach(
        range(1000, 40),
        (id) => Effect.exit(storage.saveRequest(keyed(id, `poison-${id}`, id === 1020 ? poison : here))),
        { concurrency: "unbounded" }
      )

      assert.deepStrictEqual(
        saved.flatMap((exit, index) => (Exit.isFailure(exit) ? [[index, exit.cause._tag]] : [])),
        [[20, "Fail"]]
      )
      assert.strictEqual(yield* stored("%/poison-%"), 39)
    })
  )

  it.scoped("keeps one of forty equal messages and calls all others duplicates of it", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage

      const saved = yield* Effect.forEach(range(2000, 40), (id) => storage.saveRequest(keyed(id, "equal")), {
        concurrency: "unbounded"
      })
      const first = saved.findIndex(({ _tag }) => _tag === "Success")
      const originals = saved.flatMap((one) => (one._tag === "Duplicate" ? [Number(one.originalId)] : []))

      assert.strictEqual(yield* stored("%/equal"), 1)
      assert.deepStrictEqual(
        originals,
        range(0, 39).map(() => 2000 + first)
      )
    })
  )

  it.scoped("tells apart messages without a key that are sent once more", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      yield* Effect.forEach([3000, 3001], (id) => storage.saveRequest(plain(id)))
      yield* storage.saveReply(TestMessages.exit(3100, 3001, Exit.void))

      const again = yield* Effect.forEach([3000, 3001], (id) => storage.saveRequest(plain(id)), {
        concurrency: "unbounded"
      })

      assert.deepStrictEqual(
        again.map((one) =>
          one._tag === "Duplicate" ? [Number(one.originalId), Option.isSome(one.lastReceivedReply)] : []
        ),
        [
          [3000, false],
          [3001, true]
        ]
      )
    })
  )

  it.scoped("takes the same reply twice, and no other one after the exit", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      yield* storage.saveRequest(plain(4000))

      const replies = yield* Effect.forEach([4001, 4001, 4002], (id) =>
        Effect.exit(storage.saveReply(TestMessages.exit(id, 4000, Exit.void)))
      )

      assert.deepStrictEqual(replies.map(Exit.isSuccess), [true, true, false])
    })
  )

  it.scoped("gives back the chunk that was sent last, with the message and as a reply", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      yield* storage.saveRequest(plain(5000))
      yield* storage.saveReply(TestMessages.chunk(5001, 5000, 0))
      const open = yield* storage.repliesFor([plain(5000)])
      yield* storage.saveEnvelope(TestMessages.acknowledge(5002, here, 5000, 5001))

      const [message] = yield* storage.unprocessedMessagesById([TestMessages.id(5000)])
      const [reply] = yield* storage.repliesForUnfiltered([TestMessages.id(5000)])

      assert.deepStrictEqual(
        open.map(({ _tag, id }) => [_tag, Number(id)]),
        [["Chunk", 5001]]
      )
      assert.deepStrictEqual([reply?._tag, reply?.id], ["Chunk", "5001"])
      assert.strictEqual(
        message?._tag === "IncomingRequest" && Option.getOrNull(message.lastSentReply)?.id,
        "5001"
      )
    })
  )

  it.scoped("refuses a message above the limit as one that will never do", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage

      // Two bytes a letter: the limit counts bytes.
      const refused = yield* Effect.flip(storage.saveRequest(plain(6000, here, "ß".repeat(600_000))))
      const fits = yield* storage.saveRequest(plain(6001, here, "x".repeat(1_000_000)))

      assert.strictEqual(refused._tag, "MalformedMessage")
      assert.strictEqual(fits._tag, "Success")
    })
  )

  it.scoped("writes the rest of a batch although one key is held by somebody's transaction", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      const release = yield* Deferred.make<void>()
      yield* holding("held", release)

      const saved = yield* Effect.forEach(
        range(7000, 20),
        (id) => Effect.exit(storage.saveRequest(keyed(id, id === 7010 ? "held" : `beside-${id}`))),
        { concurrency: "unbounded" }
      )
      yield* Deferred.succeed(release, undefined)

      assert.deepStrictEqual(
        saved.flatMap((exit, index) => (Exit.isFailure(exit) ? [index] : [])),
        [10]
      )
      assert.strictEqual(yield* stored("%/beside-%"), 19)
    })
  )

  it.scoped("fails its callers when the connection breaks, and a second try doubles nothing", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      const sql = yield* SqlClient.SqlClient
      const release = yield* Deferred.make<void>()
      yield* holding("broken-8000", release)
      const first = yield* Effect.fork(
        Effect.forEach(range(8000, 20), (id) => Effect.exit(storage.saveRequest(keyed(id, `broken-${id}`))), {
          concurrency: "unbounded"
        })
      )
      yield* waiting(1)
      yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'batched-messages' AND datname = current_database()`
      const broken = yield* Fiber.join(first)
      yield* Deferred.succeed(release, undefined)

      const again = yield* Effect.forEach(
        range(8100, 20),
        (id) => Effect.retry(storage.saveRequest(keyed(id, `broken-${id - 100}`)), { times: 3 }),
        { concurrency: "unbounded" }
      )

      const errors = broken.flatMap((exit) => (Exit.isFailure(exit) ? [exit.cause] : []))
      assert.isAbove(errors.length, 0)
      assert.isTrue(errors.every((cause) => cause._tag === "Fail" && cause.error._tag === "PersistenceError"))
      assert.strictEqual(again.length, 20)
      assert.strictEqual(yield* stored("%/broken-%"), 20)
    })
  )

  it.scoped("writes the batch of a caller that does not wait for it", () =>
    Effect.gen(function* () {
      const storage = yield* MessageStorage.MessageStorage
      const release = yield* Deferred.make<void>()
      yield* holding("left-10000", release)
      const saving = yield* Effect.forEach(range(10000, 20), (id) =>
        Effect.fork(storage.saveRequest(keyed(id, `left-${id}`)))
      )
      yield* waiting(1)
      yield* Effect.forEach(saving.slice(0, 5), Fiber.interrupt)
      yield* Deferred.succeed(release, undefined)

      const others = yield* Effect.forEach(saving.slice(5), Fiber.join)

      assert.isTrue(others.every(({ _tag }) => _tag === "Success"))
    })
  )
})
