import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Saga } from "@tessera/infra/workflows/saga"
import { Order } from "@tessera/shared/order/order"
import { StuckStep } from "@tessera/shared/stuck-step/stuck-step"
import { Effect, Layer, Ref } from "effect"
import { MigratedDatabase } from "../../../testing/migrated-database.ts"
import { FulfilOrder } from "../fulfil-order.ts"
import { RefundOrder } from "../refund/refund-order.ts"
import { StuckSteps } from "./stuck-steps.ts"

/** Whether the provider answers; while it does not, nothing can be undone. */
const isAway = Ref.unsafeMake(true)

/** The saga's own name with steps that fail faster than the product's. */
const saga = Saga.layer(
  FulfilOrder,
  Effect.succeed<Saga.Definition>({
    steps: [
      {
        name: "authorise",
        run: () => Effect.void,
        undo: () => Effect.whenEffect(Effect.dieMessage("the provider is away"), Ref.get(isAway)),
        backoff: { first: "1 millis", most: "1 millis" },
        maxAttempts: 1
      },
      {
        name: "capture",
        run: () => new Saga.Refused({ reason: "no", uncertain: false }),
        undo: () => Effect.void,
        maxAttempts: 1
      }
    ],
    reads: () => Effect.void,
    guard: () => Effect.void,
    undoing: () => Effect.void,
    undone: () => Effect.void
  })
)

/** The same of a refund, whose first step meets a provider that is away. */
const refundSaga = Saga.layer(
  RefundOrder,
  Effect.succeed<Saga.Definition>({
    steps: [
      {
        name: "pay-back",
        run: () => Effect.whenEffect(Effect.dieMessage("the provider is away"), Ref.get(isAway)),
        undo: () => Effect.void,
        backoff: { first: "1 millis", most: "1 millis" },
        maxAttempts: Number.MAX_SAFE_INTEGER
      }
    ],
    reads: () => Effect.void,
    guard: () => Effect.void,
    undoing: () => Effect.void,
    undone: () => Effect.void
  })
)

const live = Layer.mergeAll(saga, refundSaga, StuckSteps.layer).pipe(
  Layer.provideMerge(TestCluster.on({})),
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer)
)

const tenantId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a")
const otherId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000b")
const thirdId = Tenancy.Id.make("0199a000-0000-7000-8000-00000000000c")
const as = (role: string, id = tenantId) =>
  Effect.provideService(
    Tenancy.Current,
    Tenancy.Actor.make({ tenantId: id, actorId: "someone", role, requestId: "r" })
  )

const order = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const database = yield* Database
  const { tenantId } = yield* Tenancy.Current
  const id = Order.Id.make(yield* Identifier.uuid)
  yield* Effect.all([
    sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${tenantId}, ${tenantId}, 'Acme', 'EUR')`,
    sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${tenantId}, ${id}, 'guest', 'Guest')`,
    sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency, payment_token,
        postcode, idempotency_key, request_hash)
      VALUES (${tenantId}, ${id}, '1001', ${id}, 'cancelling', 700, 'EUR', 'tok_ok', '12345', ${id}, '')`
  ]).pipe(database.transaction)
  return id
})

const refundOf = (orderId: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    const { tenantId } = yield* Tenancy.Current
    const id = yield* Identifier.uuid
    yield* Effect.all([
      sql`INSERT INTO payments (tenant_id, order_id, run, status, amount_minor, currency)
        VALUES (${tenantId}, ${orderId}, 1, 'captured', 700, 'EUR')`,
      sql`INSERT INTO refunds (tenant_id, id, order_id, run, status, amount_minor, currency, requested_by,
          idempotency_key, request_hash)
        VALUES (${tenantId}, ${id}, ${orderId}, 1, 'requested', 700, 'EUR', 'Ada', ${id}, '')`
    ]).pipe(database.transaction)
    return id
  })

layer(live, { timeout: "60 seconds", excludeTestServices: true })("stuck steps", (it) => {
  it.effect("are listed with their order, and tried at once when somebody says so; then there are none", () =>
    Effect.gen(function* () {
      const steps = yield* StuckSteps
      const orderId = yield* order
      const actor = yield* Tenancy.Current
      const run = Effect.either(Saga.run(FulfilOrder, { actor, subject: { id: orderId, run: 1 } }))
      const begun = yield* run
      const list = yield* steps.list
      const theirs = yield* steps.list.pipe(as("owner", otherId))
      const place = StuckStep.Place.make({ orderId, step: "authorise", direction: "compensate", attempt: 8 })
      const refusals = yield* Effect.all([
        steps.retry(place).pipe(as("viewer"), Effect.flip),
        steps.retry(place).pipe(as("owner", otherId), Effect.flip),
        steps.retry(StuckStep.Place.make({ ...place, attempt: 7 })).pipe(Effect.flip)
      ])

      yield* Ref.set(isAway, false)
      yield* steps.retry(place)
      const end = yield* run.pipe(
        Effect.delay("50 millis"),
        Effect.repeat({ until: ({ _tag }) => _tag === "Left" }),
        Effect.timeout("20 seconds")
      )

      assert.deepInclude(begun, { right: "waiting" })
      const [{ error, since, ...shown } = { error: null, since: null }] = list
      assert.deepEqual(shown, { ...place, number: "1001" })
      assert.include(error, "the provider is away")
      assert.isNotNull(since)
      assert.deepStrictEqual(theirs, [])
      assert.deepStrictEqual(
        refusals.map(({ _tag }) => _tag),
        ["Access.Denied", "StuckStep.NotFound", "StuckStep.NotFound"]
      )
      assert.strictEqual(end._tag, "Left")
      assert.deepStrictEqual(yield* steps.list, [])
      assert.propertyVal(yield* Effect.flip(steps.retry(place)), "_tag", "StuckStep.NotFound")
    }).pipe(as("operator"))
  )

  it.effect("of a refund are listed with its order, and go on when somebody says so", () =>
    Effect.gen(function* () {
      const steps = yield* StuckSteps
      yield* Ref.set(isAway, true)
      const orderId = yield* order
      const refundId = yield* refundOf(orderId)
      const actor = yield* Tenancy.Current
      const run = Saga.run(RefundOrder, { actor, subject: { id: refundId, run: 1 } })
      const begun = yield* run
      const list = yield* steps.list

      const place = StuckStep.Place.make({ orderId, step: "pay-back", direction: "forward", attempt: 8 })
      yield* Ref.set(isAway, false)
      yield* steps.retry(place)
      const end = yield* run.pipe(
        Effect.delay("50 millis"),
        Effect.repeat({ until: (outcome) => outcome === "ended" }),
        Effect.timeout("20 seconds")
      )

      assert.strictEqual(begun, "waiting")
      assert.deepStrictEqual(
        list.map(({ number, step }) => [number, step]),
        [["1001", "pay-back"]]
      )
      assert.strictEqual(end, "ended")
      assert.deepStrictEqual(yield* steps.list, [])
    }).pipe(as("operator", thirdId))
  )
})
