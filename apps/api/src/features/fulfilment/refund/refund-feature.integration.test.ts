import { FetchHttpClient, HttpApi, HttpBody, HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Order } from "@tessera/shared/order/order"
import { OrderHttp } from "@tessera/shared/order/order-http"
import { RefundHttp } from "@tessera/shared/refund/refund-http"
import { StuckStepHttp } from "@tessera/shared/stuck-step/stuck-step-http"
import { Array as Arr, Deferred, Effect, Exit, Layer, Scope } from "effect"
import { MigratedDatabase } from "../../../testing/migrated-database.ts"
import { TestAccess } from "../../../testing/test-access.ts"
import { TestProvider } from "../../../testing/test-provider.ts"
import { OrderApprovalsBinding } from "../../../wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "../../../wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "../../../wiring/order-reservations-binding.ts"
import { SandboxCarrier } from "../../../wiring/sandbox-carrier.ts"
import { SandboxPayments } from "../../../wiring/sandbox-payments.ts"
import { OrderFeature } from "../../order/order-feature.ts"
import { FulfilmentFeature } from "../fulfilment-feature.ts"
import { Payments } from "../payments.ts"

class Api extends HttpApi.make("tessera").add(OrderHttp).add(RefundHttp).add(StuckStepHttp) {}

const payments = Layer.unwrapEffect(Effect.map(TestProvider, (url) => SandboxPayments.layer({ url }))).pipe(
  Layer.provide(TestProvider.outbound)
)
const carrier = Layer.unwrapEffect(Effect.map(TestProvider, (url) => SandboxCarrier.layer({ url }))).pipe(
  Layer.provide(TestProvider.outbound)
)

/** A replica in this process, with the providers that it knows. */
const replica = (pays: typeof payments) => {
  const features = Layer.mergeAll(
    FulfilmentFeature.pipe(Layer.provide([pays, carrier])),
    OrderFeature.pipe(
      Layer.provide([
        OrderFulfilmentBinding.layer,
        OrderApprovalsBinding.layer,
        OrderReservationsBinding.layer
      ])
    )
  )
  return HttpLayerRouter.serve(
    HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(features), Layer.provide(TestAccess.layer)),
    { disableLogger: true, disableListenLog: true }
  ).pipe(
    Layer.provideMerge(NodeHttpServer.layerTest),
    Layer.provideMerge(MachineStore.layer({ replica: "test" })),
    Layer.provideMerge(TestCluster.on({}))
  )
}

const around = MigratedDatabase.layer.pipe(
  Layer.provideMerge(TestDatabase.layer),
  Layer.provideMerge(TestProvider.layer)
)
const whole = replica(payments).pipe(Layer.provideMerge(around))

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the contract's own schema must not hide what the server sent
  readonly body: any
}

type Row = Readonly<Record<string, unknown>>

interface Ask {
  readonly body?: object
  readonly role?: string
  /** The Idempotency-Key; a new one when absent. */
  readonly key?: string
}

const call = (
  method: "get" | "post",
  path: string,
  tenantId: string,
  { body, key, role = "admin" }: Ask = {}
) =>
  Effect.gen(function* () {
    const other = yield* Identifier.uuid
    const response = yield* HttpClient[method](`/v1${path}`, {
      headers: { authorization: `Bearer ${tenantId}/${role}`, "idempotency-key": key ?? other },
      ...(body === undefined ? {} : { body: HttpBody.unsafeJson(body) })
    })
    const text = yield* response.text
    const answer: Answer = { status: response.status, body: text === "" ? null : JSON.parse(text) }
    return answer
  })

/** The provider's own doors: its failures, its books, and payments that somebody moves by hand. */
const provider = (method: "get" | "put" | "post", path: string, body?: object, key = "by-hand") =>
  Effect.gen(function* () {
    const url = yield* TestProvider
    const response = yield* HttpClient[method](`${url}${path}`, {
      headers: { "idempotency-key": key },
      ...(body === undefined ? {} : { body: HttpBody.unsafeJson(body) })
    })
    const text = yield* response.text
    return text
  }).pipe(Effect.provide(FetchHttpClient.layer))

const ledger = Effect.map(
  provider("get", "/ledger"),
  (
    text
  ): {
    readonly authorisations: ReadonlyArray<Row>
    readonly effects: ReadonlyArray<Row>
  } => JSON.parse(text)
)

const paymentOf = (orderId: string) =>
  Effect.map(ledger, ({ authorisations }) =>
    authorisations.find(({ reference }) => String(reference).includes(orderId))
  )

const effectsOf = (refundId: string) =>
  Effect.map(ledger, ({ effects }) => effects.filter(({ key }) => key === `refund:${refundId}`))

const inTenant = <A, E>(tenantId: string, effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.flatMap(Database, (database) => database.transaction(effect)).pipe(
    Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(tenantId), "test"))
  )

/** A tenant of its own, with one article at 10.00 and 100 on hand. */
const tenant = Effect.gen(function* () {
  const id = yield* Identifier.uuid
  yield* inTenant(
    id,
    Effect.flatMap(SqlClient.SqlClient, (sql) =>
      Effect.all([
        sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${id}, 'Acme', 'EUR')`,
        sql`INSERT INTO members (tenant_id, id, email, name, role, password_hash)
          VALUES (${id}, ${id}, 'ada@acme.test', 'Ada', 'admin', '')`,
        sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${id}, ${id}, 'ada', 'Ada')`,
        sql`INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
          VALUES (${id}, ${id}, 'SKU', 'Article', 1000, 'EUR', 100, 100)`
      ])
    )
  )
  return id
})

/** An order of five, 50.00, as its saga left it. */
const fulfilled = (tenantId: string) =>
  Effect.gen(function* () {
    const placed = yield* call("post", "/orders", tenantId, {
      body: { lines: [{ sku: "SKU", quantity: 5 }], paymentToken: "tok_ok", postcode: "12345" }
    })
    const id: string = placed.body.id
    yield* call("get", `/orders/${id}`, tenantId).pipe(
      Effect.delay("50 millis"),
      Effect.repeat({ until: ({ body }) => body.status === "fulfilled" }),
      Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `order ${id} was not fulfilled` })
    )
    return id
  })

/** An order in that state that no saga knows. */
const stranded = (tenantId: string, status: Order.Status) =>
  Effect.gen(function* () {
    const id = yield* Identifier.uuid
    yield* inTenant(
      tenantId,
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency, payment_token,
            postcode, idempotency_key, request_hash)
          VALUES (${tenantId}, ${id}, ${id}, ${tenantId}, ${status}, 700, 'EUR', 'tok_ok', '12345', ${id}, '')`
      )
    )
    return id
  })

const refund = (tenantId: string, orderId: string, body: object = {}, more: Ask = {}) =>
  call("post", `/orders/${orderId}/refund`, tenantId, { ...more, body })

const list = (tenantId: string, orderId: string) =>
  Effect.map(call("get", `/orders/${orderId}/refunds`, tenantId), ({ body }): ReadonlyArray<Row> => body)

/** All refunds of the order, once none is under way. */
const settled = (tenantId: string, orderId: string) =>
  list(tenantId, orderId).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (all) => all.every(({ status }) => status !== "requested") }),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `refunds of ${orderId} do not end` })
  )

const stockOf = (tenantId: string) =>
  inTenant(
    tenantId,
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT available, reserved, sold FROM products`)
  ).pipe(Effect.map(([row]) => row))

const short = ({ body, status }: Answer) => [status, body.code]

layer(whole, { timeout: "60 seconds", excludeTestServices: true })("a refund", (it) => {
  it.effect("of everything leaves the order fulfilled, with nothing left to pay back", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const asked = yield* refund(acme, id, { note: "broken" })
      const [paid] = yield* settled(acme, id)
      const order = (yield* call("get", `/orders/${id}`, acme)).body
      const listed = (yield* call("get", "/orders", acme)).body.items
      const again = yield* refund(acme, id)
      const history = (yield* call("get", `/orders/${id}/history`, acme)).body

      assert.strictEqual(asked.status, 201)
      assert.deepInclude(asked.body, {
        ...{ orderId: id, status: "requested", amountMinor: 5_000, currency: "EUR", returns: [] },
        ...{ note: "broken", requestedBy: "ada@acme.test", endedAt: null, failure: null }
      })
      assert.include(paid, { id: asked.body.id, status: "paid", failure: null })
      assert.isString(paid?.endedAt)
      assert.include(order, { status: "fulfilled", totalMinor: 5_000, refundedMinor: 5_000, version: 7 })
      assert.include(listed[0], { refundedMinor: 5_000 })
      assert.deepInclude(again, { status: 409 })
      assert.include(again.body, { code: "Refund.TooMuch", refundableMinor: 0 })
      assert.deepInclude(yield* paymentOf(id), { refundedMinor: 5_000, status: "refunded" })
      assert.deepStrictEqual(
        history
          .slice(-4)
          .map((one: Row) => [one.machine, one.run, one.from, one.event, one.to, one.reason].join(" ")),
        [
          "refund 1  born requested broken",
          "refund 1 requested pay paid ",
          "payment 1 captured refund refunded ",
          "order  fulfilled refund fulfilled "
        ]
      )
      assert.deepStrictEqual(yield* stockOf(acme), { available: 95, reserved: 0, sold: 5 })
    })
  )

  it.effect("of a part leaves the rest, and is announced with the version of the order", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      yield* refund(acme, id, { amountMinor: 1_000 })
      yield* settled(acme, id)
      const after = (yield* call("get", `/orders/${id}`, acme)).body
      const between = yield* paymentOf(id)
      yield* refund(acme, id, { amountMinor: 1_500 })
      yield* refund(acme, id)
      const all = yield* settled(acme, id)
      const events = yield* inTenant(
        acme,
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql<{ readonly version: number; readonly payload: Record<string, unknown> }>`
            SELECT version, payload FROM events WHERE type = 'order.refunded' ORDER BY version`
        )
      )

      assert.include(after, { status: "fulfilled", refundedMinor: 1_000 })
      assert.deepInclude(between, { refundedMinor: 1_000, status: "partially_refunded" })
      assert.deepStrictEqual(
        all.map(({ amountMinor, status }) => [amountMinor, status]),
        [
          [1_000, "paid"],
          [1_500, "paid"],
          [2_500, "paid"]
        ]
      )
      assert.deepInclude(yield* paymentOf(id), { refundedMinor: 5_000, status: "refunded" })
      assert.deepStrictEqual(
        events.map(({ version }) => version),
        [7, 8, 9]
      )
      assert.deepInclude(events[0]?.payload, { orderId: id, amountMinor: 1_000, refundedMinor: 1_000 })
      assert.deepInclude(events[2]?.payload, { refundedMinor: 5_000 })
    })
  )

  it.effect("puts what comes back on sale again, and takes no more than was sold", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const returns = (quantity: number) => ({ amountMinor: 1, returns: [{ sku: "SKU", quantity }] })
      const asked = yield* refund(acme, id, returns(2))
      yield* settled(acme, id)
      const between = yield* stockOf(acme)
      const over = yield* refund(acme, id, returns(4))
      const rest = yield* refund(acme, id, returns(3))
      const meanwhile = yield* refund(acme, id, returns(1))
      yield* settled(acme, id)
      const ledger = yield* inTenant(
        acme,
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`SELECT cause, quantity FROM stock_ledger WHERE kind = 'return' ORDER BY quantity`
        )
      )

      assert.deepStrictEqual(asked.body.returns, [{ sku: "SKU", quantity: 2 }])
      assert.deepStrictEqual(between, { available: 97, reserved: 0, sold: 3 })
      assert.include(over.body, { code: "Refund.TooManyReturned", sku: "SKU", returnable: 3 })
      assert.strictEqual(rest.status, 201)
      assert.include(meanwhile.body, { code: "Refund.TooManyReturned", returnable: 0 })
      assert.deepStrictEqual(yield* stockOf(acme), { available: 100, reserved: 0, sold: 0 })
      assert.deepStrictEqual(ledger, [
        { cause: `refund:${asked.body.id}`, quantity: 2 },
        { cause: `refund:${rest.body.id}`, quantity: 3 }
      ])
    })
  )

  it.effect("is refused when it is more than the order has, and nothing is written", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const one = { sku: "SKU", quantity: 1 }
      const over = yield* refund(acme, id, { amountMinor: 5_001 })
      const unknown = yield* refund(acme, id, { returns: [{ sku: "OTHER", quantity: 1 }] })
      const wrong = yield* Effect.forEach(
        [
          ...[{ amountMinor: 0 }, { amountMinor: -1 }, { amountMinor: 1.5 }, { note: "x".repeat(501) }],
          ...[{ returns: [{ sku: "SKU", quantity: 0 }] }, { returns: [one, one] }]
        ],
        (body) => refund(acme, id, body)
      )
      const short = yield* refund(acme, id, {}, { key: "short" })

      assert.include(over.body, { code: "Refund.TooMuch", refundableMinor: 5_000, status: 409 })
      assert.include(unknown.body, {
        ...{ code: "Refund.TooManyReturned", sku: "OTHER", returnable: 0, status: 409 }
      })
      assert.deepStrictEqual([...new Set([...wrong, short].map(({ status }) => status))], [400])
      assert.deepStrictEqual(yield* list(acme, id), [])
    })
  )

  it.effect.each(Order.Status.literals.filter((status) => status !== "fulfilled"))(
    "is refused while the order is %s",
    (status) =>
      Effect.gen(function* () {
        const acme = yield* tenant
        const id = yield* stranded(acme, status)
        const refused = yield* refund(acme, id)

        assert.strictEqual(refused.status, 409)
        assert.include(refused.body, {
          ...{ code: "Refund.NotRefundable", status: 409, id, orderStatus: status }
        })
        assert.deepStrictEqual(yield* list(acme, id), [])
      })
  )

  it.effect("takes somebody who may manage; to another tenant there is no such order", () =>
    Effect.gen(function* () {
      const [acme, globex] = yield* Effect.all([tenant, tenant])
      const id = yield* fulfilled(acme)
      const denied = yield* Effect.forEach(["operator", "viewer"], (role) => refund(acme, id, {}, { role }))
      const theirs = yield* refund(globex, id)
      const theirList = yield* call("get", `/orders/${id}/refunds`, globex)
      yield* refund(acme, id, { amountMinor: 1 })
      const [seen] = (yield* call("get", `/orders/${id}/refunds`, acme, { role: "viewer" })).body

      assert.deepStrictEqual(denied.map(short), [
        [403, "Access.Denied"],
        [403, "Access.Denied"]
      ])
      assert.deepStrictEqual([theirs, theirList].map(short), [
        [404, "Order.NotFound"],
        [404, "Order.NotFound"]
      ])
      assert.include(seen, { amountMinor: 1 })
    })
  )
})

layer(whole, { timeout: "60 seconds", excludeTestServices: true })("a key of a refund", (it) => {
  it.effect("answers the same refund again, whatever became of it, and belongs to one request", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const [id, other] = yield* Effect.all([fulfilled(acme), fulfilled(acme)])
      const key = yield* Identifier.uuid
      const first = yield* refund(acme, id, { amountMinor: 5_000 }, { key })
      yield* settled(acme, id)
      const again = yield* refund(acme, id, { amountMinor: 5_000 }, { key })
      const another = yield* refund(acme, id, { amountMinor: 4_000 }, { key })
      const elsewhere = yield* refund(acme, other, { amountMinor: 5_000 }, { key })

      assert.deepStrictEqual([first.status, again.status], [201, 201])
      assert.include(again.body, { id: first.body.id, status: "paid" })
      assert.deepStrictEqual([another, elsewhere].map(short), [
        [422, "Refund.KeyReused"],
        [422, "Refund.KeyReused"]
      ])
      assert.lengthOf(yield* list(acme, id), 1)
      assert.lengthOf(yield* list(acme, other), 0)
    })
  )

  it.effect("makes one refund of twenty requests at once", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const key = yield* Identifier.uuid
      const answers = yield* Effect.all(
        Arr.makeBy(20, () => refund(acme, id, { amountMinor: 100 }, { key })),
        { concurrency: "unbounded" }
      )
      yield* settled(acme, id)

      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [201])
      assert.lengthOf([...new Set(answers.map(({ body }) => body.id))], 1)
      assert.deepInclude(yield* paymentOf(id), { refundedMinor: 100 })
    })
  )

  it.effect("of each of twenty who want everything at once: one gets it", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const all = { amountMinor: 5_000, returns: [{ sku: "SKU", quantity: 5 }] }
      const answers = yield* Effect.all(
        Arr.makeBy(20, (index) => refund(acme, id, index % 2 === 0 ? all : {})),
        { concurrency: "unbounded" }
      )
      const [won, lost] = Arr.partition(answers, ({ status }) => status === 409)
      const ended = yield* settled(acme, id)

      assert.lengthOf(won, 1)
      assert.deepStrictEqual(
        [...new Set(lost.map(({ body }) => `${body.code} ${body.refundableMinor}`))],
        ["Refund.TooMuch 0"]
      )
      assert.lengthOf(ended, 1)
      assert.deepInclude(yield* paymentOf(id), { refundedMinor: 5_000, status: "refunded" })
    })
  )
})

layer(whole, { timeout: "60 seconds", excludeTestServices: true })("a provider", (it) => {
  it.effect("that will not pay refuses the refund for good, and its money can be claimed again", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      const held = yield* paymentOf(id)
      yield* provider("post", `/payments/authorisations/${held?.id}/refund`, { amountMinor: 2_000 })
      yield* refund(acme, id, { returns: [{ sku: "SKU", quantity: 5 }] })
      const [refused] = yield* settled(acme, id)
      const before = yield* stockOf(acme)
      const order = (yield* call("get", `/orders/${id}`, acme)).body
      const less = yield* refund(acme, id, { amountMinor: 3_000, returns: [{ sku: "SKU", quantity: 5 }] })
      const ended = yield* settled(acme, id)

      assert.include(refused, { status: "refused", failure: "payment: refund_exceeds_capture" })
      assert.isString(refused?.endedAt)
      assert.deepStrictEqual(before, { available: 95, reserved: 0, sold: 5 })
      assert.include(order, { refundedMinor: 0, version: 6 })
      assert.strictEqual(less.status, 201)
      assert.include(ended[1], { status: "paid", amountMinor: 3_000 })
      assert.deepStrictEqual(yield* stockOf(acme), { available: 100, reserved: 0, sold: 0 })
    })
  )

  it.effect("that never heard of the payment refuses, too", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* fulfilled(acme)
      yield* inTenant(
        acme,
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE payments SET provider_id = NULL`)
      )
      yield* refund(acme, id)
      const [refused] = yield* settled(acme, id)

      assert.include(refused, { status: "refused", failure: "payment: the provider does not know it" })
    })
  )

  it.effect(
    "that gives no answer is asked until it does; meanwhile the money is claimed, then paid once",
    () =>
      Effect.gen(function* () {
        const acme = yield* tenant
        const id = yield* fulfilled(acme)
        yield* provider("put", "/control", { errorRatePercent: 100 })
        const asked = yield* refund(acme, id)
        const failed = Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`SELECT 1 FROM saga_steps WHERE saga = 'RefundOrder' AND outcome = 'failed'
          AND key = ${`${asked.body.id}/1`}`
        )
        yield* inTenant(acme, failed).pipe(
          Effect.delay("50 millis"),
          Effect.repeat({ until: (rows) => rows.length >= 2 }),
          Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => "nobody asks the provider again" })
        )
        const [waiting] = yield* list(acme, id)
        const greedy = yield* refund(acme, id, { amountMinor: 1 })
        yield* provider("put", "/control", {})
        const [paid] = yield* settled(acme, id)

        assert.include(waiting, { status: "requested" })
        assert.include(greedy.body, { code: "Refund.TooMuch", refundableMinor: 0 })
        assert.include(paid, { status: "paid" })
        assert.lengthOf(yield* effectsOf(asked.body.id), 1)
      })
  )
})

layer(around, { timeout: "60 seconds", excludeTestServices: true })("a replica that dies", (it) => {
  it.effect("after the provider has paid and before that was noted leaves a refund that is paid once", () =>
    Effect.gen(function* () {
      const paid = yield* Deferred.make<void>()
      /** Has the provider pay, and never comes to the next line. */
      const dying = Layer.effect(
        Payments,
        Effect.map(Payments, (real) =>
          Payments.of({
            ...real,
            refund: (id, ask) =>
              real
                .refund(id, ask)
                .pipe(Effect.zipRight(Deferred.succeed(paid, undefined)), Effect.zipRight(Effect.never))
          })
        )
      ).pipe(Layer.provide(payments))
      const [first, second] = [yield* Scope.make(), yield* Scope.make()]

      const one = yield* Layer.buildWithScope(replica(dying), first)
      const { acme, id, refundId } = yield* Effect.gen(function* () {
        const tenantId = yield* tenant
        const orderId = yield* fulfilled(tenantId)
        const asked = yield* refund(tenantId, orderId, { returns: [{ sku: "SKU", quantity: 5 }] })
        yield* Deferred.await(paid)
        const refundId: string = asked.body.id
        return { acme: tenantId, id: orderId, refundId }
      }).pipe(Effect.provide(one))
      const before = yield* effectsOf(refundId)
      yield* Scope.close(first, Exit.void)
      const other = yield* Layer.buildWithScope(replica(payments), second)
      const { ended, order, stock } = yield* Effect.gen(function* () {
        const [ended] = yield* settled(acme, id)
        const order = (yield* call("get", `/orders/${id}`, acme)).body
        return { ended, order, stock: yield* stockOf(acme) }
      }).pipe(Effect.provide(other))
      yield* Scope.close(second, Exit.void)

      assert.lengthOf(before, 1)
      assert.include(ended, { id: refundId, status: "paid" })
      assert.include(order, { refundedMinor: 5_000, version: 7 })
      assert.deepStrictEqual(stock, { available: 100, reserved: 0, sold: 0 })
      assert.lengthOf(yield* effectsOf(refundId), 1)
    })
  )
})
