import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { LockSession } from "./lock-session.ts"

const url = Effect.map(TestDatabase, (database) => database.url("tessera_infra"))

const infraSql = Layer.unwrapEffect(
  Effect.map(url, (text) => InfraSql.layer({ url: Redacted.make(text), name: "test-infra", connections: 2 }))
).pipe(Layer.orDie)

/** A session of its own, as a replica has; `settings` as in `options` of a connection. */
const session = (name: string, settings = "") =>
  Effect.flatMap(url, (text) => {
    const full = new URL(text)
    full.searchParams.set("options", settings)
    return Effect.map(Layer.build(LockSession.layer({ url: Redacted.make(full.href), name })), (context) =>
      Context.get(context, LockSession)
    )
  })

const backends = (name: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql<{ readonly pid: number }>`SELECT pid FROM pg_stat_activity WHERE application_name = ${name}`
  )

const alive = "SELECT 1"

layer(infraSql.pipe(Layer.provideMerge(TestDatabase.layer)), {
  timeout: "60 seconds",
  excludeTestServices: true
})("LockSession", (it) => {
  it.scoped("holds a lock against every other session until it lets go", () =>
    Effect.gen(function* () {
      const one = yield* session("one")
      const other = yield* session("other")

      const first = [...(yield* one.acquire([1, 2, 3]))]
      const refused = [...(yield* other.acquire([2, 3, 4]))]
      // Twice, because a lock that were taken twice would have to be released twice.
      yield* one.acquire([2])
      yield* one.release([2, 9])
      const freed = [...(yield* other.acquire([2, 3]))]
      yield* one.releaseAll
      const all = [...(yield* other.acquire([1, 2, 3, 4]))].sort()

      assert.deepStrictEqual([first, refused, freed, all], [[1, 2, 3], [4], [4, 2], [1, 2, 3, 4]])
      assert.deepStrictEqual([...(yield* one.refresh(alive, []))], [])
    })
  )

  it.scoped("holds nothing any more when its session was ended, and starts anew", () =>
    Effect.gen(function* () {
      const sql = yield* InfraSql
      const mine = yield* session("ended")
      const rival = yield* session("rival")
      yield* mine.acquire([11, 12])
      const [backend] = yield* backends("ended")
      yield* sql`SELECT pg_terminate_backend(${backend?.pid ?? 0})`
      yield* backends("ended").pipe(Effect.repeat({ until: ({ length }) => length === 0 }))

      const stolen = [...(yield* rival.acquire([11]))]
      const kept = [...(yield* mine.refresh(alive, []).pipe(Effect.retry({ times: 1 })))]
      const again = [...(yield* mine.acquire([11, 12]))]

      assert.deepStrictEqual([stolen, kept, again], [[11], [], [12]])
    })
  )

  it.scoped("loses its locks when it says nothing for too long, as a frozen process does", () =>
    Effect.gen(function* () {
      const frozen = yield* session("frozen", "-c idle_session_timeout=300")
      const rival = yield* session("heir")
      yield* frozen.acquire([21])

      const taken = yield* rival
        .acquire([21])
        .pipe(
          Effect.delay("50 millis"),
          Effect.repeat({ until: (locks) => locks.has(21) }),
          Effect.timeout("5 seconds")
        )

      assert.isTrue(taken.has(21))
      assert.isFalse((yield* frozen.refresh(alive, []).pipe(Effect.retry({ times: 1 }))).has(21))
    })
  )

  it.scoped("gives up a session that does not answer in time", () =>
    Effect.gen(function* () {
      const slow = yield* session("slow")
      yield* slow.acquire([31])

      const error = yield* Effect.flip(slow.refresh("SELECT pg_sleep(4)", []))
      const after = [...(yield* slow.refresh(alive, []))]

      assert.strictEqual(error._tag, "LockSession.Lost")
      assert.deepStrictEqual(after, [])
    })
  )
})
