import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Layer, Option } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TenantTable } from "../tenancy/tenant-table.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { MachineStore } from "./machine-store.ts"
import { MachineTables } from "./machine-tables.ts"
import { StateMachine } from "./state-machine.ts"
import { StoredMachine } from "./stored-machine.ts"

const lamp = StoredMachine.make(
  StateMachine.make({
    name: "lamp",
    initial: "off",
    transitions: {
      off: { press: "on", drop: "broken" },
      on: { press: "off", drop: "broken", dim: "dimmed" },
      dimmed: { press: "off" },
      broken: {}
    },
    guards: {
      dim: (facts: { readonly volts: number }) =>
        facts.volts > 100 ? Option.none() : Option.some("the grid is too weak")
    }
  }),
  { table: "lamps", key: ["room", "socket"] }
)

const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* MachineTables.create
  yield* sql`CREATE TABLE lamps (
    tenant_id uuid NOT NULL,
    room      uuid NOT NULL,
    socket    int NOT NULL,
    status    text NOT NULL DEFAULT 'off',
    version   int NOT NULL DEFAULT 1,
    locked    boolean NOT NULL DEFAULT false,
    lit_at    timestamptz,
    PRIMARY KEY (tenant_id, room, socket)
  )`
  yield* TenantTable.protect("lamps", { infra: false })
})

const created = Layer.effectDiscard(Effect.provide(tables, TestDatabase.as("tessera_owner"))).pipe(
  Layer.orDie
)

/** A pool and a store of its own each time, as another process has them. */
const process = (replica: string) =>
  MachineStore.layer({ replica }).pipe(
    Layer.provideMerge(Database.layer),
    Layer.provideMerge(Layer.fresh(TestDatabase.as("tessera_app")))
  )

const live = process("replica-1").pipe(Layer.provideMerge(created), Layer.provideMerge(TestDatabase.layer))

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "request-1"))
)

const inTransaction = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Database, (database) => database.transaction(effect))

const lamps = (count: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const store = yield* MachineStore
    const { tenantId } = yield* Tenancy.Current
    const room = yield* Identifier.uuid
    const rows = Array.from({ length: count }, (_, socket) => ({ tenantId, room, socket }))
    const keys = rows.map(({ socket }) => `${room}/${socket}`)
    yield* inTransaction(
      Effect.zipRight(
        sql`INSERT INTO lamps ${sql.insert(rows)}`,
        store.born(lamp, keys, { reason: "bought" })
      )
    )
    return keys
  })

const newLamp = Effect.map(lamps(1), ([key = ""]) => key)

const stored = (key: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* inTransaction(
      sql<{ readonly status: string; readonly version: number; readonly litAt: string | null }>`
        SELECT status, version, lit_at FROM lamps WHERE room || '/' || socket = ${key}`
    )
    return row
  })

const path = (key: string) =>
  Effect.gen(function* () {
    const entries = yield* Effect.flatMap(MachineStore, (store) => store.history(lamp, key))
    return entries.map(({ event, from, to, version }) => `${version} ${from} ${event} ${to}`)
  })

layer(live, { timeout: "60 seconds", excludeTestServices: true })("MachineStore", (it) => {
  it.effect("moves the row and keeps who moved it, when, why and on which replica", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp

      const moved = yield* store.send(lamp, key, "press", { reason: "it is dark" })

      assert.deepStrictEqual(moved, { from: "off", to: "on", version: 2 })
      assert.include(yield* stored(key), { status: "on", version: 2 })
      const [birth, press, ...more] = yield* store.history(lamp, key)
      assert.include(birth, { version: 1, event: "born", from: null, to: "off", reason: "bought" })
      assert.include(press, { version: 2, event: "press", from: "off", to: "on", reason: "it is dark" })
      assert.include(press, { replica: "replica-1", requestId: "request-1" })
      assert.match(press?.at ?? "", /^\d{4}-\d\d-\d\dT/)
      assert.deepStrictEqual(more, [])
    }).pipe(asTenant)
  )

  it.effect("tells the histories of many at once, and nothing of what has none", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const keys = yield* lamps(2)

      yield* store.send(lamp, keys[1] ?? "", "press")

      const entries = yield* store.history(lamp, [...keys, "nowhere/1"])

      assert.sameMembers(
        entries.map(({ event, key }) => `${key} ${event}`),
        [`${keys[0]} born`, `${keys[1]} born`, `${keys[1]} press`]
      )
    }).pipe(asTenant)
  )

  it.effect("notes the trace in which it happens", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp

      const span = yield* Effect.zipRight(store.send(lamp, key, "press"), Effect.currentSpan).pipe(
        Effect.withSpan("test")
      )

      const entries = yield* store.history(lamp, key)
      assert.strictEqual(entries.at(-1)?.traceId, span.traceId)
    }).pipe(asTenant)
  )

  it.effect("begins many histories at once, and none twice", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const keys = yield* lamps(200)
      yield* store.send(lamp, keys[0] ?? "", "press")

      yield* store.born(lamp, keys)

      const sql = yield* SqlClient.SqlClient
      const [births] = yield* inTransaction(
        sql`SELECT count(*) AS count, count(DISTINCT key) AS keys FROM state_history
          WHERE event = 'born' AND version = 1 AND to_state = 'off'`
      )
      assert.deepStrictEqual(births, { count: 200, keys: 200 })
      assert.deepStrictEqual(yield* path(keys[0] ?? ""), ["1 null born off", "2 off press on"])
    }).pipe(asTenant)
  )

  it.effect("refuses what the state does not know, and changes nothing", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      yield* store.send(lamp, key, "drop")

      const refusal = yield* Effect.flip(store.send(lamp, key, "press"))

      assert.include(refusal, { _tag: "StateMachine.Illegal", from: "broken", event: "press" })
      assert.include(refusal, { machine: "lamp", reason: "transition" })
      assert.include(yield* stored(key), { status: "broken", version: 2 })
      assert.deepStrictEqual(yield* path(key), ["1 null born off", "2 off drop broken"])
    }).pipe(asTenant)
  )

  it.effect("moves only the version that the caller knows", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      yield* store.send(lamp, key, "press", { version: 1 })

      const refusal = yield* Effect.flip(store.send(lamp, key, "press", { version: 1 }))

      assert.include(refusal, { _tag: "MachineStore.Stale", key, expected: 1, version: 2 })
      assert.include(yield* store.send(lamp, key, "press", { version: 2 }), { to: "off", version: 3 })
    }).pipe(asTenant)
  )

  it.effect("asks a guard for facts of the moment, and hands its words on", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      yield* store.send(lamp, key, "press")

      const weak = yield* Effect.flip(store.send(lamp, key, "dim", { facts: Effect.succeed({ volts: 50 }) }))
      const unknown = yield* Effect.flip(store.send(lamp, key, "dim"))
      const dimmed = yield* store.send(lamp, key, "dim", { facts: Effect.succeed({ volts: 230 }) })

      assert.include(weak, { reason: "guard", words: "the grid is too weak" })
      assert.include(unknown, { reason: "guard" })
      assert.include(dimmed, { from: "on", to: "dimmed", version: 3 })
    }).pipe(asTenant)
  )

  it.effect("changes other columns and holds a condition in the same statement", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* MachineStore
      const key = yield* newLamp
      const press = store.send(lamp, key, "press", {
        set: [sql`lit_at = now()`],
        when: { holds: sql`NOT locked`, otherwise: "the switch is locked" }
      })
      yield* inTransaction(sql`UPDATE lamps SET locked = true WHERE room || '/' || socket = ${key}`)

      const refusal = yield* Effect.flip(press)
      const before = yield* stored(key)
      yield* inTransaction(sql`UPDATE lamps SET locked = false WHERE room || '/' || socket = ${key}`)
      yield* press

      assert.include(refusal, { reason: "guard", words: "the switch is locked", from: "off" })
      assert.include(before, { status: "off", version: 1, litAt: null })
      assert.match((yield* stored(key))?.litAt ?? "", /T/)
    }).pipe(asTenant)
  )

  it.effect("finds the state again in a process that was not there", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      yield* store.send(lamp, key, "press")

      const [moved, told] = yield* Effect.flatMap(MachineStore, (other) =>
        Effect.all([other.send(lamp, key, "press"), other.history(lamp, key)])
      ).pipe(Effect.provide(process("replica-2")))

      assert.deepStrictEqual(moved, { from: "on", to: "off", version: 3 })
      assert.deepStrictEqual(
        told.map(({ replica, to }) => `${to} on ${replica}`),
        ["off on replica-1", "on on replica-1", "off on replica-2"]
      )
    }).pipe(asTenant)
  )

  it.effect("leaves neither state nor history when the transaction rolls back", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp

      const exit = yield* Effect.either(
        inTransaction(Effect.zipRight(store.send(lamp, key, "press"), Effect.fail("power cut")))
      )

      assert.deepStrictEqual(exit, Either.left("power cut"))
      assert.include(yield* stored(key), { status: "off", version: 1 })
      assert.deepStrictEqual(yield* path(key), ["1 null born off"])
    }).pipe(asTenant)
  )

  it.effect("lets exactly one of many win that send the same event at once", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      const either = (version: boolean) => store.send(lamp, key, "drop", version ? { version: 1 } : {})

      const exits = yield* Effect.forEach(
        Array.from({ length: 12 }, (_, n) => n % 2 === 0),
        (version) => Effect.either(either(version)),
        { concurrency: "unbounded" }
      )

      const refused = exits.filter(Either.isLeft).map(({ left }) => left._tag)
      assert.strictEqual(exits.filter(Either.isRight).length, 1)
      assert.includeMembers(["StateMachine.Illegal", "MachineStore.Stale"], refused)
      assert.deepStrictEqual(yield* path(key), ["1 null born off", "2 off drop broken"])
    }).pipe(asTenant)
  )

  const waiters = Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      ([row]) => row?.count ?? 0
    )
  )

  it.effect("moves on from what the other one left, where the event allows it", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp
      const pressed = yield* Deferred.make<void>()
      const first = store.send(lamp, key, "press").pipe(
        Effect.zipLeft(Deferred.succeed(pressed, undefined)),
        // Until the other one waits for the row.
        Effect.zipLeft(Effect.repeat(waiters, { until: (count) => count > 0 }))
      )

      const fiber = yield* Effect.fork(inTransaction(first))
      yield* Deferred.await(pressed)
      const second = yield* store.send(lamp, key, "press")

      assert.deepStrictEqual(yield* Fiber.join(fiber), { from: "off", to: "on", version: 2 })
      assert.deepStrictEqual(second, { from: "on", to: "off", version: 3 })
    }).pipe(asTenant)
  )

  it.effect("knows nothing of another tenant's key, and of one that there is not", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const key = yield* newLamp

      const [move, told] = yield* Effect.all([
        Effect.flip(store.send(lamp, key, "press")),
        Effect.zipRight(store.born(lamp, key), store.history(lamp, key))
      ]).pipe(asTenant)
      const nobody = yield* Effect.flip(store.send(lamp, `${key}9`, "press", { version: 1 }))

      assert.include(move, { _tag: "MachineStore.NotFound", machine: "lamp", key })
      assert.deepStrictEqual(told, [])
      assert.include(nobody, { _tag: "MachineStore.NotFound" })
      assert.deepStrictEqual(yield* path(key), ["1 null born off"])
    }).pipe(asTenant)
  )

  it.effect("lets nobody rewrite a history", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* newLamp
      const denied = <A, R>(statement: Effect.Effect<A, unknown, R>) =>
        Effect.map(Effect.exit(inTransaction(statement)), (exit) => exit._tag)

      const update = yield* denied(sql`UPDATE state_history SET to_state = 'on'`)
      const remove = yield* denied(sql`DELETE FROM state_history`)

      assert.deepStrictEqual([update, remove], ["Failure", "Failure"])
    }).pipe(asTenant)
  )

  it.effect("takes a key for one row only, however it is written", () =>
    Effect.gen(function* () {
      const store = yield* MachineStore
      const [first = "", second = ""] = yield* lamps(2)
      const [room = ""] = first.split("/")

      const whole = yield* Effect.exit(store.send(lamp, room, "press"))
      yield* store.send(lamp, second.toUpperCase(), "press")

      assert.strictEqual(whole._tag, "Failure")
      assert.deepStrictEqual(yield* path(first), ["1 null born off"])
      assert.deepStrictEqual(yield* path(second), ["1 null born off", "2 off press on"])
    }).pipe(asTenant)
  )
})
