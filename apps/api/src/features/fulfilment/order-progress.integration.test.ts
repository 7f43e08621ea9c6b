import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Order } from "@tessera/shared/order/order"
import { Cause, Context, Effect, Exit, Layer, Ref, Stream } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { FulfilmentMachines } from "./fulfilment-machines.ts"
import { OrderProgress } from "./order-progress.ts"
import { OrderProgressRepo } from "./order-progress-repo.ts"

const tenantId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a")
const otherId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000b")

class Told extends Context.Tag("test/Told")<Told, Ref.Ref<ReadonlyArray<EventBus.Emission>>>() {}

/** Nobody listens; what is said is written down. */
const bus = Layer.effect(
  EventBus,
  Effect.map(Told, (told) =>
    EventBus.of({
      emit: EventBus.emitting((emissions) =>
        Effect.as(
          Ref.update(told, (before) => [...before, ...emissions]),
          emissions.map(() => ({ id: "", status: "emitted" as const }))
        )
      ),
      on: () => Effect.void,
      log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
      newest: Effect.succeed([]),
      watch: () => Stream.never
    })
  )
)

const live = OrderProgress.layer.pipe(
  Layer.provideMerge(OrderProgressRepo.layer),
  Layer.provideMerge(MachineStore.layer({ replica: "replica-1" })),
  Layer.provideMerge(bus),
  Layer.provideMerge(Layer.effect(Told, Ref.make<ReadonlyArray<EventBus.Emission>>([]))),
  Layer.provideMerge(Database.layer),
  Layer.provideMerge(TestDatabase.as("tessera_app")),
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer)
)

const inTransaction = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Database, (database) => database.transaction(effect))

const asTenant = (id: Tenancy.Id) => Effect.provideService(Tenancy.Current, Tenancy.system(id, "test"))

/** An order in that state, as it would be after that many moves. */
const order = (status: Order.Status, cancelRequested = false) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const id = Order.Id.make(yield* Identifier.uuid)
    yield* sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenantId}, 'acme', 'Acme', 'EUR')
      ON CONFLICT DO NOTHING`
    yield* sql`INSERT INTO customers (tenant_id, id, reference, name)
      VALUES (${tenantId}, ${tenantId}, 'guest', 'Guest') ON CONFLICT DO NOTHING`
    yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, cancel_requested, total_minor,
        currency, payment_token, postcode, idempotency_key, request_hash)
      VALUES (${tenantId}, ${id}, ${id}, ${tenantId}, ${status}, ${cancelRequested}, 700, 'EUR', 'tok_ok',
        '12345', ${id}, '')`
    return { id, run: 1 }
  }).pipe(inTransaction)

const stored = (id: Order.Id) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* inTransaction(
      sql<{ readonly status: string; readonly version: number; readonly reason: string | null }>`
        SELECT status, version, reason FROM orders WHERE id = ${id}`
    )
    return row
  })

const payment = (id: Order.Id) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* inTransaction(
      sql`SELECT status, version, captured_at IS NOT NULL AS captured, refunded_at IS NOT NULL AS refunded
        FROM payments WHERE order_id = ${id}`
    )
    return row
  })

const chain = (machine: { readonly name: string }, key: string) =>
  Effect.gen(function* () {
    const entries = yield* Effect.flatMap(MachineStore, (store) => store.history(machine, key))
    return entries.map(({ event, from, to, version }) => `${version} ${from} ${event} ${to}`)
  })

const said = (id: Order.Id) =>
  Effect.gen(function* () {
    const all = yield* Ref.get(yield* Told)
    return all.filter(({ aggregateId }) => aggregateId === id).map((one) => `${one.version} ${one.type}`)
  })

/** Written out once more, so that a slip in the contract's table does not go unseen. */
const legal: ReadonlyArray<readonly [from: Order.Status, event: Order.Move, to: Order.Status]> = [
  ["placed", "reserve", "reserved"],
  ["reserved", "authorise", "authorised"],
  ["authorised", "capture", "captured"],
  ["captured", "book", "booked"],
  ["booked", "confirm", "fulfilled"],
  ["placed", "undo", "cancelling"],
  ["reserved", "undo", "cancelling"],
  ["authorised", "undo", "cancelling"],
  ["captured", "undo", "cancelling"],
  ["booked", "undo", "cancelling"],
  ["cancelling", "undone", "cancelled"],
  ["authorised", "ask", "authorised"],
  ["authorised", "approve", "authorised"],
  ["authorised", "reject", "authorised"],
  ["authorised", "expire", "authorised"],
  ["cancelling", "expire", "cancelling"],
  ["cancelled", "retry", "placed"],
  ["fulfilled", "refund", "fulfilled"]
]
const regardless: ReadonlyArray<Order.Move> = ["undo", "undone", "approve", "reject", "expire"]
const facts = { number: "1001", totalMinor: 0, currency: "EUR" }
const moves = [...new Set(legal.map(([, event]) => event))]
const cases = Order.Status.literals.flatMap((from) =>
  moves.flatMap((event) => [false, true].map((cancelRequested) => ({ from, event, cancelRequested })))
)

layer(live, { timeout: "60 seconds", excludeTestServices: true })("the life of an order", (it) => {
  it.effect("allows 18 moves, refuses every other in every state, and none forward when cancelled", () =>
    Effect.forEach(cases, ({ cancelRequested, event, from }) =>
      Effect.gen(function* () {
        const repo = yield* OrderProgressRepo
        const { id } = yield* order(from, cancelRequested)
        const edge = legal.find((one) => one[0] === from && one[1] === event)
        const isAllowed = regardless.includes(event) || !cancelRequested
        const to = edge !== undefined && isAllowed ? edge[2] : undefined

        const exit = yield* Effect.exit(inTransaction(repo.move({ id, run: 1, event, reason: "because" })))

        const after =
          to === undefined
            ? { status: from, version: 1, reason: null }
            : { status: to, version: 2, reason: "because" }
        const name = `${from} ${event}${cancelRequested ? ", cancelled" : ""}`
        assert.deepStrictEqual(yield* stored(id), after, name)
        const history = yield* chain(FulfilmentMachines.order, id)
        assert.deepStrictEqual(history, to === undefined ? [] : [`2 ${from} ${event} ${to}`], name)
        const refusal = to === undefined ? (edge === undefined ? "transition" : "guard") : undefined
        const failure = Exit.isFailure(exit) ? Cause.squash(exit.cause) : {}
        assert.deepInclude(failure, refusal === undefined ? {} : { reason: refusal, from, event }, name)
      })
    ).pipe(asTenant(tenantId))
  )

  it.effect("is told with the version of the row, and a repetition tells nothing", () =>
    Effect.gen(function* () {
      const progress = yield* OrderProgress
      const run = yield* order("placed")
      const twice = (event: Order.Move) =>
        Effect.repeatN(inTransaction(progress.advance({ ...run, event, order: facts })), 1)

      yield* Effect.forEach(["reserve", "authorise", "capture", "book", "confirm"] as const, twice)

      assert.deepStrictEqual(yield* said(run.id), [
        "2 order.advanced",
        "3 order.advanced",
        "4 order.advanced",
        "5 order.advanced",
        "6 order.fulfilled"
      ])
    }).pipe(asTenant(tenantId))
  )

  it.effect("goes no further once it shall be cancelled, and is undone from where it stands", () =>
    Effect.gen(function* () {
      const progress = yield* OrderProgress
      const run = yield* order("captured", true)
      const forward = inTransaction(progress.advance({ ...run, event: "book", order: facts }))
      const undo = inTransaction(progress.undoing(run, "cancelled on request"))

      const refusal = yield* Effect.flip(forward)
      yield* Effect.repeatN(undo, 1)
      const again = yield* Effect.flip(forward)
      yield* Effect.repeatN(inTransaction(progress.undone(run, "cancelled on request")), 1)

      assert.include(refusal, { reason: "cancelled on request", uncertain: true })
      assert.include(again, { reason: "cancelled on request", uncertain: true })
      assert.deepStrictEqual(yield* said(run.id), ["2 order.advanced", "3 order.cancelled"])
      assert.include(yield* stored(run.id), { status: "cancelled", reason: "cancelled on request" })
    }).pipe(asTenant(tenantId))
  )

  it.effect("is not moved by what is left of an older run", () =>
    Effect.gen(function* () {
      const repo = yield* OrderProgressRepo
      const progress = yield* OrderProgress
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* order("cancelling")
      yield* inTransaction(sql`UPDATE orders SET run = 2 WHERE id = ${id}`)

      const late = yield* inTransaction(repo.move({ id, run: 1, event: "undone", reason: null })).pipe(
        Effect.flip
      )
      yield* inTransaction(progress.undone({ id, run: 1 }, "late"))

      assert.include(late, { _tag: "StateMachine.Illegal", reason: "guard", from: "cancelling" })
      assert.include(yield* stored(id), { status: "cancelling", version: 1 })
      assert.deepStrictEqual(yield* said(id), [])
    }).pipe(asTenant(tenantId))
  )

  it.effect("is nobody else's to move", () =>
    Effect.gen(function* () {
      const repo = yield* OrderProgressRepo
      const { id } = yield* order("placed").pipe(asTenant(tenantId))

      const exit = yield* inTransaction(repo.move({ id, run: 1, event: "reserve", reason: null })).pipe(
        asTenant(otherId),
        Effect.exit
      )

      assert.include(Exit.isFailure(exit) ? Cause.squash(exit.cause) : {}, { _tag: "MachineStore.NotFound" })
      assert.include(yield* stored(id).pipe(asTenant(tenantId)), { status: "placed", version: 1 })
      assert.deepStrictEqual(yield* chain(FulfilmentMachines.order, id).pipe(asTenant(otherId)), [])
    })
  )
})

layer(live, { timeout: "60 seconds", excludeTestServices: true })("the payment of a run", (it) => {
  const note = (...notes: ReadonlyArray<(repo: OrderProgressRepo.Shape) => _Note>) =>
    Effect.flatMap(OrderProgressRepo, (repo) =>
      Effect.forEach(notes, (one) => Effect.repeatN(inTransaction(one(repo)), 1), { discard: true })
    )
  type _Note = Effect.Effect<void, never, Tenancy.Current>

  it.effect.each([
    {
      way: "captured, then refunded",
      how: ["captured", "refund"],
      chain: ["2 authorised capture captured", "3 captured refund refunded"],
      row: { status: "refunded", version: 3, captured: true, refunded: true }
    },
    {
      way: "captured",
      how: ["captured"],
      chain: ["2 authorised capture captured"],
      row: { status: "captured", version: 2, captured: true, refunded: false }
    },
    {
      way: "voided",
      how: ["void"],
      chain: ["2 authorised void voided"],
      row: { status: "voided", version: 2, captured: false, refunded: false }
    },
    {
      way: "refunded after a capture that nobody had noted",
      how: ["refund"],
      chain: ["2 authorised refund refunded"],
      row: { status: "refunded", version: 2, captured: true, refunded: true }
    },
    {
      way: "refunded, and what comes later changes nothing",
      how: ["refund", "void", "captured"],
      chain: ["2 authorised refund refunded"],
      row: { status: "refunded", version: 2, captured: true, refunded: true }
    }
  ] as const)("a payment is $way; each step may be repeated", (one) =>
    Effect.gen(function* () {
      const { id, run } = yield* order("reserved")
      const noted = {
        captured: (repo: OrderProgressRepo.Shape) => repo.captured(id, run),
        void: (repo: OrderProgressRepo.Shape) => repo.returned(id, run, "void"),
        refund: (repo: OrderProgressRepo.Shape) => repo.returned(id, run, "refund")
      }

      yield* note((repo) => repo.authorised({ id, run, providerId: "pay_1" }))
      yield* note(...one.how.map((how) => noted[how]))

      assert.deepInclude(yield* payment(id), one.row)
      assert.deepStrictEqual(yield* chain(FulfilmentMachines.payment, `${id}/1`), [
        "1 null born authorised",
        ...one.chain
      ])
    }).pipe(asTenant(tenantId))
  )

  it.effect("what was never agreed is undone without a trace", () =>
    Effect.gen(function* () {
      const { id, run } = yield* order("reserved")

      yield* note((repo) => repo.returned(id, run, "void"))

      assert.deepStrictEqual(yield* chain(FulfilmentMachines.payment, `${id}/1`), [])
    }).pipe(asTenant(tenantId))
  )
})
