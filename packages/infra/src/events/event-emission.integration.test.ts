import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Effect, Either, Layer, Ref, Schedule, Schema } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { Saga } from "../workflows/saga.ts"
import { EventBus } from "./event-bus.ts"
import { EventDefinition } from "./event-definition.ts"

const Noted = EventDefinition.make(
  "note.taken",
  { text: Schema.String },
  { description: "Somebody took a note." }
)

const noted = (text: string, more: { readonly id?: string; readonly version?: number } = {}) =>
  EventBus.emission(Noted, Noted.make({ text }), {
    aggregateId: "a",
    version: more.version ?? 0,
    id: more.id
  })

const newTenant = Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
const asTenant = Effect.provideServiceEffect(Tenancy.Current, newTenant)

const answers = Ref.unsafeMake<ReadonlyArray<EventBus.Emitted>>([])

/** Says what it has done and then dies twice: each attempt is what a replay after a kill would be. */
const flow = Saga.define("Telling")
const live = Saga.layer(
  flow,
  Effect.map(
    EventBus,
    (bus): Saga.Definition => ({
      steps: [
        {
          name: "tell",
          maxAttempts: 5,
          run: (subject) =>
            Effect.gen(function* () {
              const answer = yield* bus.emit(noted("told", { id: Identifier.named(`telling/${subject.id}`) }))
              const all = yield* Ref.updateAndGet(answers, (before) => [...before, answer])
              yield* Effect.when(Effect.dieMessage("killed after the commit"), () => all.length < 3)
            }),
          undo: () => Effect.void
        }
      ],
      reads: () => Effect.void,
      guard: () => Effect.void,
      undoing: () => Effect.void,
      undone: () => Effect.void
    })
  )
)

const stored = Effect.gen(function* () {
  const bus = yield* EventBus
  const { items } = yield* bus.log({ after: 0, limit: 100, types: null })
  return items.map(({ payload }) => Schema.decodeUnknownSync(Noted.schema)(payload).text)
})

/** When everything that was emitted has its number. */
const storedAll = (count: number) =>
  stored.pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (all) => all.length === count }),
    Effect.timeout("15 seconds")
  )

layer(live.pipe(Layer.provideMerge(TestCluster.layer)), { timeout: "60 seconds", excludeTestServices: true })(
  "an emission",
  (it) => {
    it.effect("answers as many as it was given, in their order", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const [first, second] = [yield* Identifier.uuid, yield* Identifier.uuid]

        const one = yield* bus.emit(noted("one", { id: first }))
        const many = yield* bus.emit([
          noted("two", { id: second }),
          noted("other words", { id: first }),
          noted("two again", { id: second })
        ])
        const none = yield* bus.emit([])

        assert.deepStrictEqual(one, { id: first, status: "emitted" })
        assert.deepStrictEqual(many, [
          { id: second, status: "emitted" },
          { id: first, status: "duplicate" },
          { id: second, status: "duplicate" }
        ])
        assert.deepStrictEqual(none, [])
        assert.deepStrictEqual(yield* storedAll(2), ["one", "two"])
      }).pipe(asTenant)
    )

    it.effect("of one id by many at once is written once", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const id = yield* Identifier.uuid

        const all = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, n) => noted(String(n), { id })),
          (emission) => bus.emit(emission),
          { concurrency: "unbounded" }
        )

        assert.strictEqual(all.filter(({ status }) => status === "emitted").length, 1)
        assert.strictEqual((yield* storedAll(1)).length, 1)
      }).pipe(asTenant)
    )

    it.effect("is no duplicate of another tenant's", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const id = yield* Identifier.uuid

        const mine = yield* bus.emit(noted("mine", { id })).pipe(asTenant)
        const theirs = yield* bus.emit(noted("theirs", { id })).pipe(asTenant)

        assert.deepStrictEqual([mine.status, theirs.status], ["emitted", "emitted"])
      })
    )

    it.effect("is a duplicate only of what was committed", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const database = yield* Database
        const id = yield* Identifier.uuid

        yield* Effect.flip(
          database.transaction(Effect.zipRight(bus.emit(noted("lost", { id })), Effect.fail("no" as const)))
        )
        const again = yield* bus.emit(noted("kept", { id }))

        assert.strictEqual(again.status, "emitted")
        assert.deepStrictEqual(yield* storedAll(1), ["kept"])
      }).pipe(asTenant)
    )

    it.effect("in a step of a workflow that runs again happens once", () =>
      Effect.gen(function* () {
        const actor = yield* Tenancy.Current

        yield* flow.execute({ actor, subject: { id: "t-1", run: 1 } })

        assert.deepStrictEqual(
          (yield* Ref.get(answers)).map(({ status }) => status),
          ["emitted", "duplicate", "duplicate"]
        )
        assert.deepStrictEqual(yield* storedAll(1), ["told"])
      }).pipe(asTenant)
    )

    it.effect("keeps the order of its aggregate, whoever emits at the same time", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const database = yield* Database
        const sql = yield* SqlClient.SqlClient
        const { tenantId } = yield* Tenancy.Current
        // As a compare-and-set would: the version after the last one that is seen; who is late tries again.
        const next = (text: string) =>
          Effect.gen(function* () {
            const [row] = yield* sql<{ readonly version: number }>`
              SELECT coalesce(max(version), 0) + 1 AS version FROM events
              WHERE tenant_id = ${tenantId} AND aggregate_id = 'a'`
            yield* bus.emit(noted(text, { version: row?.version ?? 1 }))
          }).pipe(
            database.transaction,
            Effect.sandbox,
            Effect.retry(Schedule.intersect(Schedule.spaced("5 millis"), Schedule.recurs(500)))
          )

        yield* Effect.forEach(
          Array.from({ length: 40 }, (_, n) => String(n)),
          next,
          { concurrency: 8, discard: true }
        )
        yield* storedAll(40)
        const { items } = yield* bus.log({ after: 0, limit: 100, types: null })
        const taken = yield* bus.emit(noted("late", { version: 7 })).pipe(Effect.sandbox, Effect.either)

        assert.deepStrictEqual(
          items.map(({ version }) => version),
          Array.from({ length: 40 }, (_, n) => n + 1)
        )
        assert.isTrue(Either.isLeft(taken))
      }).pipe(asTenant)
    )
  }
)
