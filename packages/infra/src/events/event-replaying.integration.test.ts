import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect, Layer, Schema } from "effect"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { EventBus } from "./event-bus.ts"
import { EventDefinition } from "./event-definition.ts"
import { EventOperations } from "./event-operations.ts"

const Noted = EventDefinition.make(
  "note.taken",
  { text: Schema.String },
  { description: "Somebody took a note." }
)
const name = "scribe"
const count = 40
const actor = Tenancy.system(Tenancy.Id.make("0199a000-0000-7000-8000-00000000000e"), "test")

/** Writes down each event that it is given. */
const subscribe = Effect.gen(function* () {
  const bus = yield* EventBus
  const sql = yield* SqlClient.SqlClient
  yield* bus.on(name, (events) =>
    Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
      Effect.forEach(
        events,
        ({ seq }) => sql`INSERT INTO notes ${sql.insert({ tenantId, note: String(seq) })}`,
        {
          discard: true
        }
      )
    )
  )
})

const scribe = Effect.flatMap(EventOperations, ({ subscribers }) =>
  Effect.flatMap(subscribers, (all) => Arr.findFirst(all, (one) => one.name === name))
)

const until = (done: (one: EventOperations.Subscriber) => boolean) =>
  scribe.pipe(Effect.delay("20 millis"), Effect.repeat({ until: done }), Effect.timeout("40 seconds"))

layer(TestCluster.database, { timeout: "60 seconds", excludeTestServices: true })("a replay", (it) => {
  it.effect("goes on where it was when its replica is gone, and gives each event once", () =>
    Effect.gen(function* () {
      const former = Effect.gen(function* () {
        const bus = yield* EventBus
        const operations = yield* EventOperations
        yield* subscribe
        yield* bus.emit(
          Array.from({ length: count }, (_, n) =>
            EventBus.emission(Noted, Noted.make({ text: String(n) }), { aggregateId: "a", version: 0 })
          )
        )
        yield* until(({ cursor }) => cursor === count)
        yield* operations.replay({ subscriber: name, from: { after: 0 }, types: null, perSecond: 20 })
        return yield* until(({ replay }) => (replay?.handled ?? 0) >= 5)
      })
      const latter = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* subscribe
        const end = yield* until(({ replay }) => replay?.status === "done")
        const database = sql<{ readonly note: string }>`SELECT note FROM notes`
        return { end, notes: (yield* inTenant(database)).map(({ note }) => Number(note)) }
      })

      const half = yield* Effect.provide(former, Layer.fresh(TestCluster.on({})))
      const { end, notes } = yield* Effect.provide(latter, Layer.fresh(TestCluster.on({})))

      assert.isBelow(half.replay?.handled ?? count, count)
      assert.deepInclude(end.replay, { handled: count, position: count, status: "done" })
      const once = Array.from({ length: count }, (_, n) => n + 1)
      assert.deepStrictEqual(notes, [...once, ...once])
    }).pipe(Effect.provideService(Tenancy.Current, actor))
  )
})

const inTenant = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Database, (database) => database.transaction(effect))
