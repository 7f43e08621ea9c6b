import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect, Metric, Option, Ref, Schema } from "effect"
import { vi } from "vitest"
import { Identifier } from "../context/identifier.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { RowCursor } from "../storage/row-cursor.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestCluster } from "../testing/test-cluster.ts"
import { EventBus } from "./event-bus.ts"
import { EventDefinition } from "./event-definition.ts"
import { type EventHandlers } from "./event-handlers.ts"
import { EventMetrics } from "./event-metrics.ts"
import { EventOperations } from "./event-operations.ts"

/** What happens at a failpoint, once. */
const points = vi.hoisted(() => new Map<string, () => unknown>())

vi.mock("../testing/failpoint.ts", () => ({
  Failpoint: {
    hit: (name: string) =>
      Effect.suspend(() => {
        const act = points.get(name) as (() => Effect.Effect<void>) | undefined
        points.delete(name)
        return act?.() ?? Effect.void
      }),
    around: <A, E, R>(_name: string, effect: Effect.Effect<A, E, R>) => effect
  }
}))

const about = { description: "Somebody took a note." }
const Noted = EventDefinition.make("note.taken", { text: Schema.String }, about)
const Torn = EventDefinition.make("note.torn", { text: Schema.String }, about)

const noted = (text: string) =>
  EventBus.emission(Noted, Noted.make({ text }), { aggregateId: "a", version: 0 })
const torn = (text: string) => EventBus.emission(Torn, Torn.make({ text }), { aggregateId: "a", version: 0 })

const newTenant = Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
const asTenant = Effect.provideServiceEffect(Tenancy.Current, newTenant)

const _textOf = Schema.decodeUnknownSync(Schema.Struct({ text: Schema.String }))
const texts = (events: ReadonlyArray<EventBus.Record>) => events.map(({ payload }) => _textOf(payload).text)

/** Quick, so that an event is given up within a tenth of a second. */
const retry = { attempts: 3, firstMillis: 20, mostMillis: 30 }

/** Writes each note down, and fails as long as one of them is in the set. */
const keeper = (name: string, bad: ReadonlySet<string>, options: EventHandlers.Options = { retry }) =>
  Effect.gen(function* () {
    const bus = yield* EventBus
    const sql = yield* SqlClient.SqlClient
    yield* bus.on(
      name,
      (events) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          yield* Effect.forEach(
            texts(events),
            (text) => sql`INSERT INTO notes ${sql.insert({ tenantId, note: `${name}: ${text}` })}`
          )
          yield* Effect.when(Effect.fail("unreadable" as const), () =>
            texts(events).some((text) => bad.has(text))
          )
        }),
      options
    )
  })

/** Sorted: a table has no order, and what was rolled back leaves room in the middle. */
const notesOf = (name: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { tenantId } = yield* Tenancy.Current
    const rows = yield* sql<{ readonly note: string }>`SELECT note FROM notes
      WHERE tenant_id = ${tenantId} AND note LIKE ${`${name}: %`}`
    return rows.map(({ note }) => note.slice(name.length + 2)).sort()
  })

const subscriber = (name: string) =>
  Effect.flatMap(EventOperations, ({ subscribers }) =>
    Effect.flatMap(subscribers, (all) => Arr.findFirst(all, (one) => one.name === name))
  )

const until = <A, E, R>(effect: Effect.Effect<A, E, R>, done: (value: A) => boolean) =>
  effect.pipe(Effect.delay("20 millis"), Effect.repeat({ until: done }), Effect.timeout("20 seconds"))

const letters = (name: string) =>
  Effect.flatMap(EventOperations, (operations) =>
    operations.letters({ after: RowCursor.top, limit: 50, subscriber: name })
  )

layer(TestCluster.layer, { timeout: "60 seconds", excludeTestServices: true })(
  "a durable subscriber",
  (it) => {
    it.effect("gives up the one event that it cannot handle, and has its neighbours once", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        yield* keeper("poisoned", new Set(["poison"]))

        yield* bus.emit(["a", "b", "poison", "c", "d"].map(noted))
        const end = yield* until(subscriber("poisoned"), ({ cursor }) => cursor === 5)

        assert.deepStrictEqual(yield* notesOf("poisoned"), ["a", "b", "c", "d"])
        const [letter, ...others] = yield* letters("poisoned")
        assert.deepStrictEqual(others, [])
        assert.deepInclude(letter, { seq: 3, status: "dead", attempts: 3, type: "note.taken" })
        assert.deepStrictEqual(
          letter?.errors.map(({ error }) => error.includes("unreadable")),
          [true, true, true]
        )
        assert.deepInclude(end, { deadLetters: 1, failures: 0, lastError: null, nextAttemptAt: null })
      }).pipe(asTenant)
    )

    it.effect("waits as long as its row says, whoever wakes it", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const slow = { retry: { attempts: 3, firstMillis: 60_000, mostMillis: 60_000 } }
        yield* keeper("patient", new Set(["late"]), slow)
        yield* keeper("witness", new Set())

        yield* bus.emit(noted("late"))
        const failed = yield* until(subscriber("patient"), ({ failures }) => failures > 0)
        yield* bus.emit(noted("later"))
        yield* until(subscriber("witness"), ({ cursor }) => cursor === 2)

        assert.deepInclude(failed, { failures: 1, cursor: 0 })
        assert.isNotNull(failed.nextAttemptAt)
        assert.include(failed.lastError ?? "", "unreadable")
        assert.deepInclude(yield* subscriber("patient"), { failures: 1, cursor: 0 })
      }).pipe(asTenant)
    )

    it.effect("has no second effect when its replica dies between the handler and the cursor", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const sql = yield* SqlClient.SqlClient
        const dead = yield* Ref.make(false)
        yield* keeper("mortal", new Set())
        // What PostgreSQL sees of a death: the connection breaks off inside the transaction.
        points.set("subscriber.move.before", () =>
          Effect.zipRight(Ref.set(dead, true), sql`SELECT pg_terminate_backend(pg_backend_pid())`).pipe(
            Effect.orDie
          )
        )

        yield* bus.emit([noted("one"), noted("two")])
        yield* until(
          Effect.flatMap(subscriber("mortal"), ({ cursor }) => Effect.succeed(cursor)),
          (n) => n === 2
        )

        assert.isTrue(yield* Ref.get(dead))
        assert.deepStrictEqual(yield* notesOf("mortal"), ["one", "two"])
      }).pipe(asTenant)
    )

    it.effect("gets a dead letter once more when somebody asks, and only of that tenant", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const operations = yield* EventOperations
        const bad = new Set(["x", "y", "z"])
        yield* keeper("healed", bad)
        yield* bus.emit(["x", "y", "z", "w"].map(noted))
        yield* until(subscriber("healed"), ({ cursor }) => cursor === 4)
        const [z, y, x] = yield* letters("healed")

        const foreign = yield* operations.replayLetter(x?.id ?? "").pipe(asTenant)
        const dropForeign = yield* operations.dropLetter(x?.id ?? "").pipe(asTenant)
        yield* operations.replayLetter(z?.id ?? "")
        const again = yield* until(letters("healed"), (all) => all.some(({ attempts }) => attempts === 4))
        bad.clear()
        const dropped = yield* operations.dropLetter(y?.id ?? "")
        const count = yield* operations.replayLetters("healed")
        yield* until(letters("healed"), (all) => all.length === 0)

        assert.isTrue(Option.isNone(foreign))
        assert.deepStrictEqual([dropForeign, dropped, count], [false, true, 2])
        assert.deepInclude(
          again.find(({ id }) => id === z?.id),
          { status: "dead" }
        )
        assert.deepStrictEqual(yield* notesOf("healed"), ["w", "x", "z"])
      }).pipe(asTenant)
    )

    it.effect("is replayed from a number, by type, while its cursor stands where it stood", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const operations = yield* EventOperations
        yield* keeper("reader", new Set())
        yield* bus.emit([noted("1"), torn("2"), noted("3"), torn("4"), noted("5")])
        yield* until(subscriber("reader"), ({ cursor }) => cursor === 5)

        yield* operations.replay({
          subscriber: "reader",
          from: { after: 1 },
          types: ["note.taken"],
          perSecond: 50
        })
        const end = yield* until(subscriber("reader"), ({ replay }) => replay?.status === "done")

        assert.deepStrictEqual(yield* notesOf("reader"), ["1", "2", "3", "3", "4", "5", "5"])
        assert.deepInclude(end.replay, { after: 1, position: 5, until: 5, handled: 2 })
        assert.strictEqual(end.cursor, 5)
      }).pipe(asTenant)
    )

    it.effect("is replayed from a time, and leaves behind what it cannot handle there, too", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const operations = yield* EventOperations
        const infra = yield* InfraSql
        const bad = new Set<string>()
        yield* keeper("historian", bad)
        yield* bus.emit(noted("old"))
        yield* until(subscriber("historian"), ({ cursor }) => cursor === 1)
        const [now] = yield* infra<{ readonly now: string }>`SELECT clock_timestamp()::text AS now`
        yield* bus.emit([noted("new"), noted("sour"), noted("newest")])
        yield* until(subscriber("historian"), ({ cursor }) => cursor === 4)
        bad.add("sour")

        const from = { since: now?.now ?? "" }
        yield* operations.replay({ subscriber: "historian", from, types: null, perSecond: 1000 })
        const end = yield* until(subscriber("historian"), ({ replay }) => replay?.status === "done")

        const notes = yield* notesOf("historian")
        assert.deepStrictEqual(notes, ["new", "new", "newest", "newest", "old", "sour"])
        assert.deepInclude(end, { deadLetters: 1, cursor: 4 })
      }).pipe(asTenant)
    )

    it.effect(
      "has one replay at a time, which can be stopped, and none where there is no such subscriber",
      () =>
        Effect.gen(function* () {
          const bus = yield* EventBus
          const operations = yield* EventOperations
          yield* keeper("single", new Set())
          yield* bus.emit(["1", "2", "3", "4", "5"].map(noted))
          yield* until(subscriber("single"), ({ cursor }) => cursor === 5)
          const slow = { subscriber: "single", from: { after: 0 }, types: null, perSecond: 1 }

          yield* operations.replay(slow)
          const second = yield* Effect.flip(operations.replay(slow))
          yield* bus.emit(noted("6"))
          const meanwhile = yield* until(subscriber("single"), ({ cursor }) => cursor === 6)
          const stopped = yield* operations.stopReplay("single")
          const none = yield* Effect.flip(operations.stopReplay("single"))
          const unknown = yield* Effect.flip(operations.replay({ ...slow, subscriber: "nobody" }))

          assert.strictEqual(second._tag, "EventOperations.ReplayRunning")
          assert.strictEqual(meanwhile.replay?.status, "running")
          assert.strictEqual(stopped.status, "stopped")
          assert.isBelow(stopped.handled, 5)
          assert.strictEqual(none._tag, "EventOperations.NoReplay")
          assert.strictEqual(unknown._tag, "EventOperations.UnknownSubscriber")
        }).pipe(asTenant)
    )

    it.effect("stands still while it is paused, in that tenant alone", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const operations = yield* EventOperations
        const other = yield* newTenant
        yield* keeper("calm", new Set())
        yield* keeper("busy", new Set())

        yield* operations.pause("calm")
        yield* bus.emit(noted("kept"))
        yield* bus.emit(noted("through")).pipe(Effect.provideService(Tenancy.Current, other))
        yield* until(subscriber("busy"), ({ cursor }) => cursor === 1)
        yield* until(subscriber("calm"), ({ cursor }) => cursor === 1).pipe(
          Effect.provideService(Tenancy.Current, other)
        )
        const still = yield* subscriber("calm")
        yield* operations.resume("calm")
        yield* until(subscriber("calm"), ({ cursor }) => cursor === 1)

        assert.deepInclude(still, { cursor: 0, head: 1, paused: true })
        assert.deepStrictEqual(yield* notesOf("calm"), ["kept"])
      }).pipe(asTenant)
    )

    it.effect("shows its lag and its dead letters as gauges", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        yield* keeper("gauged", new Set(["bad"]), { retry: { ...retry, attempts: 1 } })
        yield* keeper("behind", new Set(["bad"]), {
          retry: { ...retry, firstMillis: 60_000, mostMillis: 60_000 }
        })

        yield* bus.emit([noted("bad"), noted("good")])
        yield* until(Metric.value(EventMetrics.letters("gauged")), ({ value }) => value === 1)
        // It comes from behind everywhere, and stays behind here alone.
        yield* until(Metric.value(EventMetrics.lagEvents("behind")), ({ value }) => value === 2)
        const seconds = yield* Metric.value(EventMetrics.lagSeconds("behind"))
        const depth = yield* Metric.value(EventMetrics.outboxDepth)

        assert.isAbove(seconds.value, 0)
        assert.strictEqual(depth.value, 0)
      }).pipe(asTenant)
    )
  }
)
