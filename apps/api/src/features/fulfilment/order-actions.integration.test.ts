import { HttpApi, HttpBody, HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { type Access } from "@tessera/shared/access/access"
import { Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { OrderHttp } from "@tessera/shared/order/order-http"
import { StuckStepHttp } from "@tessera/shared/stuck-step/stuck-step-http"
import { Effect, Layer, Ref } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { TestAccess } from "../../testing/test-access.ts"
import { OrderApprovalsBinding } from "../../wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "../../wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "../../wiring/order-reservations-binding.ts"
import { OrderFeature } from "../order/order-feature.ts"
import { Carrier } from "./carrier.ts"
import { FulfilmentFeature } from "./fulfilment-feature.ts"
import { FulfilmentMachines } from "./fulfilment-machines.ts"
import { Payments } from "./payments.ts"
import { OrderRetries } from "./retry/order-retries.ts"

class Api extends HttpApi.make("tessera").add(OrderHttp).add(StuckStepHttp) {}

/** What the providers were asked, as `<order> <run> <call>`. */
const asked = Ref.unsafeMake<ReadonlyArray<string>>([])
const note = ({ reference }: { readonly reference: string }, what: string) =>
  Ref.update(asked, (all) => [...all, [...reference.split("/").slice(1), what].join(" ")])
const askedFor = (id: string) =>
  Effect.map(Ref.get(asked), (all) =>
    all.filter((one) => one.startsWith(id)).map((one) => one.slice(id.length + 1))
  )

const providers = Layer.merge(
  Layer.succeed(
    Payments,
    Payments.of({
      authorise: (call) =>
        call.token === "tok_ok"
          ? Effect.as(note(call, "authorise"), call.key)
          : Effect.fail(new Payments.Declined({ code: "card_declined" })),
      capture: (_, call) => note(call, "capture"),
      voidByKey: (_, call) => note(call, "void"),
      refund: (_, call) => note(call, "refund")
    })
  ),
  Layer.succeed(
    Carrier,
    Carrier.of({
      book: (booking) => Effect.as(note(booking, "book"), { id: booking.key, trackingCode: "TRK" }),
      cancel: () => Effect.void
    })
  )
)

const features = Layer.mergeAll(
  FulfilmentFeature.pipe(Layer.provide(providers)),
  OrderFeature.pipe(
    Layer.provide([OrderFulfilmentBinding.layer, OrderApprovalsBinding.layer, OrderReservationsBinding.layer])
  )
)

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(features), Layer.provide(TestAccess.layer)),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(OrderRetries.layer),
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(MachineStore.layer({ replica: "test" })),
  Layer.provideMerge(TestCluster.on({})),
  Layer.provideMerge(MigratedDatabase.layer),
  Layer.provideMerge(TestDatabase.layer)
)

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the contract's own schema must not hide what the server sent
  readonly body: any
}

const call = (method: "get" | "post", path: string, tenantId: string, body?: object, role = "admin") =>
  Effect.gen(function* () {
    const key = yield* Identifier.uuid
    const response = yield* HttpClient[method](`/v1${path}`, {
      headers: { authorization: `Bearer ${tenantId}/${role}`, "idempotency-key": key },
      ...(body === undefined ? {} : { body: HttpBody.unsafeJson(body) })
    })
    const text = yield* response.text
    const answer: Answer = { status: response.status, body: text === "" ? null : JSON.parse(text) }
    return answer
  })
const read = (tenantId: string, id: string) =>
  Effect.map(call("get", `/orders/${id}`, tenantId), ({ body }) => body)
const act = (action: Action, tenantId: string, id: string, role?: string, body: object = {}) =>
  call("post", `/orders/${id}/${action}`, tenantId, body, role)

const as =
  (tenantId: Tenancy.Id) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Database, (database) => database.transaction(effect)).pipe(
      Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test"))
    )
const query = (
  tenantId: Tenancy.Id,
  statement: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>
) => Effect.flatMap(SqlClient.SqlClient, statement).pipe(as(tenantId))

/** A tenant of its own, with one article at 10.00 and a threshold of 50.00. */
const tenant = Effect.gen(function* () {
  const id = Tenancy.Id.make(yield* Identifier.uuid)
  yield* query(id, (sql) =>
    Effect.all([
      sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${id}, 'Acme', 'EUR')`,
      sql`INSERT INTO members (tenant_id, id, email, name, role, password_hash)
        VALUES (${id}, ${id}, 'ada@acme.test', 'Ada', 'admin', '')`,
      sql`INSERT INTO customers (tenant_id, id, reference, name) VALUES (${id}, ${id}, 'guest', 'Guest')`,
      sql`INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
        VALUES (${id}, ${id}, 'SKU', 'Article', 1000, 'EUR', 100, 100)`,
      sql`INSERT INTO order_settings (tenant_id, approval_threshold_minor) VALUES (${id}, 5000)`
    ])
  )
  return id
})

type Action = "cancel" | "approve" | "reject" | "retry"
const actions = ["cancel", "approve", "reject", "retry"] as const satisfies ReadonlyArray<Action>
const permission = {
  cancel: "operate",
  approve: "manage",
  reject: "manage",
  retry: "operate"
} as const satisfies Record<Action, Access.Action>

/** How an order comes there, by its machine. */
const ways: Record<Order.Status, ReadonlyArray<Order.Move>> = {
  placed: [],
  reserved: ["reserve"],
  authorised: ["reserve", "authorise"],
  captured: ["reserve", "authorise", "capture"],
  booked: ["reserve", "authorise", "capture", "book"],
  fulfilled: ["reserve", "authorise", "capture", "book", "confirm"],
  cancelling: ["reserve", "undo"],
  cancelled: ["reserve", "undo", "undone"]
}

/** An order that its machine has brought there and no saga looks after. */
const order = (tenantId: Tenancy.Id, status: Order.Status) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const machines = yield* MachineStore
    const id = Order.Id.make(yield* Identifier.uuid)
    yield* sql`INSERT INTO orders (tenant_id, id, number, customer_id, status, total_minor, currency,
        payment_token, postcode, idempotency_key, request_hash)
      VALUES (${tenantId}, ${id}, ${id}, ${tenantId}, 'placed', 1000, 'EUR', 'tok_ok', '12345', ${id}, '')`
    yield* sql`INSERT INTO order_lines (tenant_id, order_id, line, product_id, sku, name, quantity,
        unit_price_minor) VALUES (${tenantId}, ${id}, 1, ${tenantId}, 'SKU', 'Article', 1, 1000)`
    yield* machines.born(FulfilmentMachines.order, id)
    yield* Effect.forEach(ways[status], (event) => machines.send(FulfilmentMachines.order, id, event))
    return id
  }).pipe(as(tenantId))

const verdicts = { pending: [], approved: ["approve"], rejected: ["reject"], expired: ["expire"] } as const

/** One that was authorised and asks for approval, or did. */
const askedOrder = (tenantId: Tenancy.Id, status: Approval.Status) =>
  Effect.tap(order(tenantId, "authorised"), (id) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const machines = yield* MachineStore
      yield* sql`INSERT INTO approvals (tenant_id, order_id, run, status, due_at)
        VALUES (${tenantId}, ${id}, 1, 'pending', now() + interval '1 day')`
      yield* machines.born(FulfilmentMachines.approval, `${id}/1`)
      yield* Effect.forEach(verdicts[status], (event) =>
        machines.send(FulfilmentMachines.approval, `${id}/1`, event)
      )
    }).pipe(as(tenantId))
  )

interface Expected {
  readonly answer: 200 | 409
  readonly body: Readonly<Record<string, unknown>>
}
const done = (body: Expected["body"]): Expected => ({ answer: 200, body })
const invalid = (from: Order.Status, to: Order.Status): Expected => ({
  answer: 409,
  body: { code: "Order.InvalidTransition", from, to }
})
const notAwaiting = (approval: Approval.Status | null): Expected => ({
  answer: 409,
  body: { code: "Order.NotAwaitingApproval", approval }
})

const unasked = { approve: notAwaiting(null), reject: notAwaiting(null) }
const wished = (status: Order.Status) => ({
  ...unasked,
  cancel: done({ status, run: 1 }),
  retry: invalid(status, "placed")
})

/** A state without a row does not compile, nor does a row without an action. */
const table: Record<Order.Status, Record<Action, Expected>> = {
  placed: wished("placed"),
  reserved: wished("reserved"),
  authorised: wished("authorised"),
  captured: wished("captured"),
  booked: wished("booked"),
  fulfilled: {
    ...unasked,
    cancel: invalid("fulfilled", "cancelling"),
    retry: invalid("fulfilled", "placed")
  },
  cancelling: {
    ...unasked,
    cancel: invalid("cancelling", "cancelling"),
    retry: invalid("cancelling", "placed")
  },
  cancelled: {
    ...unasked,
    cancel: invalid("cancelled", "cancelling"),
    retry: done({ status: "placed", run: 2, reason: null, approval: null })
  }
}

const decided = (approval: Approval.Status) => ({
  approve: notAwaiting(approval),
  reject: notAwaiting(approval),
  cancel: done({ status: "authorised", approval }),
  retry: invalid("authorised", "placed")
})
const askedTable: Record<Approval.Status, Record<Action, Expected>> = {
  pending: {
    approve: done({ status: "authorised", approval: "approved", approvalBy: "ada@acme.test" }),
    reject: done({ status: "authorised", approval: "rejected", approvalBy: "ada@acme.test" }),
    cancel: done({ status: "authorised", approval: "pending" }),
    retry: invalid("authorised", "placed")
  },
  approved: decided("approved"),
  rejected: decided("rejected"),
  expired: decided("expired")
}

/** Everybody who may not asks first, and changes nothing by it. */
const tried = (acme: Tenancy.Id, globex: Tenancy.Id, id: string, action: Action, expected: Expected) =>
  Effect.gen(function* () {
    const before = yield* read(acme, id)
    const name = `${action} when ${before.status}, approval ${before.approval}`
    const viewer = yield* act(action, acme, id, "viewer")
    const operator = yield* act(action, acme, id, "operator").pipe(
      Effect.when(() => permission[action] === "manage"),
      Effect.map((answer) => (answer._tag === "Some" ? answer.value : viewer))
    )
    const other = yield* act(action, globex, id)
    const between = yield* read(acme, id)
    const answer = yield* act(action, acme, id)
    const after = yield* read(acme, id)

    const denied = { code: "Access.Denied", action: permission[action] }
    assert.deepStrictEqual([viewer.status, operator.status, other.status], [403, 403, 404], name)
    assert.include(viewer.body, denied, name)
    assert.include(operator.body, denied, name)
    assert.include(other.body, { code: "Order.NotFound", id }, name)
    assert.deepStrictEqual(between, before, name)
    assert.deepStrictEqual([answer.status, answer.body.id], [expected.answer, id], name)
    assert.include(answer.body, expected.body, name)
    assert.deepStrictEqual(expected.answer === 409 ? after : before, before, name)
  })

layer(server, { timeout: "60 seconds", excludeTestServices: true })(
  "what can be done with an order",
  (it) => {
    it.effect("is what the table says, in every state, and nobody's else", () =>
      Effect.gen(function* () {
        const [acme, globex] = yield* Effect.all([tenant, tenant])
        yield* Effect.forEach(Order.Status.literals, (status) =>
          Effect.forEach(actions, (action) =>
            Effect.flatMap(order(acme, status), (id) =>
              tried(acme, globex, id, action, table[status][action])
            )
          )
        )
      })
    )

    it.effect("is what the table says once it was asked for approval, however that was answered", () =>
      Effect.gen(function* () {
        const [acme, globex] = yield* Effect.all([tenant, tenant])
        yield* Effect.forEach(Approval.Status.literals, (status) =>
          Effect.forEach(actions, (action) =>
            Effect.flatMap(askedOrder(acme, status), (id) =>
              tried(acme, globex, id, action, askedTable[status][action])
            )
          )
        )
      })
    )

    it.effect("is too late to approve once its time is over, also while the timer is late", () =>
      Effect.gen(function* () {
        const acme = yield* tenant
        const id = yield* askedOrder(acme, "pending")
        yield* query(acme, (sql) => sql`UPDATE approvals SET due_at = now() - interval '1 second'`)
        const answers = yield* Effect.all([act("approve", acme, id), act("reject", acme, id)])
        const after = yield* read(acme, id)

        assert.deepStrictEqual(
          answers.map(({ body, status }) => [status, body.code, body.approval]),
          [
            [409, "Order.NotAwaitingApproval", "expired"],
            [409, "Order.NotAwaitingApproval", "expired"]
          ]
        )
        assert.include(after, { status: "authorised", approval: "pending", approvalBy: null, version: 3 })
      })
    )
  }
)

const place = (tenantId: string, more: object = {}) =>
  Effect.map(
    call("post", "/orders", tenantId, {
      ...{ lines: [{ sku: "SKU", quantity: 1 }], paymentToken: "tok_ok", postcode: "12345" },
      ...more
    }),
    ({ body }): string => body.id
  )
const until = (tenantId: string, id: string, isWanted: (body: Answer["body"]) => boolean) =>
  read(tenantId, id).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: isWanted }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `order ${id} did not come so far` })
  )
const ended = (tenantId: string, id: string) => until(tenantId, id, ({ status }) => Order.isFinal(status))
const held = (tenantId: string, id: string) => until(tenantId, id, ({ approval }) => approval === "pending")

/** An order that was cancelled because its card was declined. */
const declined = (tenantId: Tenancy.Id) =>
  Effect.tap(place(tenantId, { paymentToken: "tok_declined" }), (id) => ended(tenantId, id))

const events = (tenantId: Tenancy.Id, id: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ readonly type: string; readonly version: number; readonly payload: Answer["body"] }>`
      SELECT type, version, payload FROM events WHERE aggregate_id = ${id} ORDER BY version`
  ).pipe(as(tenantId))
const told = (tenantId: Tenancy.Id, id: string, like: RegExp) =>
  Effect.map(events(tenantId, id), (all) => all.filter(({ type }) => like.test(type)))
const isGapless = (all: ReadonlyArray<{ readonly version: number }>) =>
  all.every(({ version }, index) => version === index + 1)

layer(server, { timeout: "60 seconds", excludeTestServices: true })("a cancelled order", (it) => {
  it.effect("is tried again with another card, at its old prices, as a run of its own", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* declined(acme)
      const before = yield* read(acme, id)
      yield* query(acme, (sql) => sql`UPDATE products SET price_minor = 9900`)
      const answer = yield* act("retry", acme, id, "operator", { paymentToken: "tok_ok", postcode: "99999" })
      const end = yield* ended(acme, id)
      const timeline = yield* call("get", `/orders/${id}/timeline`, acme)
      const all = yield* events(acme, id)

      assert.include(before, { status: "cancelled", run: 1, reason: "payment: card_declined" })
      assert.include(answer.body, { status: "placed", run: 2, reason: null, postcode: "99999" })
      assert.include(end, { status: "fulfilled", number: before.number, totalMinor: 1000, run: 2 })
      assert.deepStrictEqual(yield* askedFor(id), ["2 authorise", "2 capture", "2 book"])
      assert.deepStrictEqual(
        timeline.body.map((one: Answer["body"]) => `${one.run} ${one.direction} ${one.name}`),
        [
          ...["1 forward reserve", "1 forward authorise", "1 compensate reserve"],
          ...["2 forward reserve", "2 forward authorise", "2 forward capture", "2 forward book"],
          "2 forward confirm"
        ]
      )
      assert.isTrue(isGapless(all))
      assert.deepStrictEqual(
        all.filter(({ type }) => type === "order.retried").map(({ payload }) => payload.run),
        [2]
      )
    })
  )

  it.effect("keeps what the request leaves out, and forgets that it was cancelled", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* place(acme, { lines: [{ sku: "SKU", quantity: 6 }] })
      yield* held(acme, id)
      yield* act("cancel", acme, id)
      yield* ended(acme, id)
      const answer = yield* act("retry", acme, id)
      yield* held(acme, id)
      yield* act("approve", acme, id)
      const end = yield* ended(acme, id)

      assert.include(answer.body, { paymentToken: "tok_ok", postcode: "12345", approval: null })
      assert.include(end, { status: "fulfilled", run: 2, approval: "approved" })
    })
  )

  it.effect("needs approval by the threshold of now", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* place(acme, { lines: [{ sku: "SKU", quantity: 6 }] })
      yield* held(acme, id)
      yield* act("reject", acme, id)
      const rejected = yield* ended(acme, id)
      yield* query(acme, (sql) => sql`UPDATE order_settings SET approval_threshold_minor = 6000`)
      yield* act("retry", acme, id)
      const end = yield* ended(acme, id)

      assert.include(rejected, { status: "cancelled", approval: "rejected" })
      assert.include(end, { status: "fulfilled", run: 2, approval: null, approvalBy: null, approvalAt: null })
    })
  )

  it.effect("is tried again once when two want it at once", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const id = yield* declined(acme)
      const answers = yield* Effect.all([act("retry", acme, id), act("retry", acme, id)], {
        concurrency: "unbounded"
      })
      const end = yield* ended(acme, id)
      const jobs = yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`SELECT 1 FROM jobs WHERE payload ->> 'orderId' = ${id}`
      ).pipe(as(acme))

      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
      assert.include(answers.find(({ status }) => status === 409)?.body, {
        code: "Order.InvalidTransition",
        to: "placed"
      })
      assert.include(end, { run: 2, status: "cancelled" })
      assert.strictEqual(jobs.length, 2)
      assert.strictEqual((yield* told(acme, id, /retried/)).length, 1)
    })
  )

  it.effect("stays cancelled, with nothing told and nothing begun, when the transaction is lost", () =>
    Effect.gen(function* () {
      const acme = yield* tenant
      const retries = yield* OrderRetries
      const id = Order.Id.make(yield* declined(acme))
      const before = yield* read(acme, id)
      const lost = yield* Effect.zipRight(retries.retry(id, {}), Effect.fail("lost")).pipe(
        as(acme),
        Effect.flip
      )
      const retried = yield* Effect.flatMap(OrderRetries, ({ retry }) => retry(id, {})).pipe(
        as(yield* tenant)
      )

      assert.strictEqual(lost, "lost")
      assert.isFalse(retried)
      assert.deepStrictEqual(yield* read(acme, id), before)
      assert.deepStrictEqual(yield* told(acme, id, /retried/), [])
    })
  )
})

const decide = (action: Action) => (tenantId: Tenancy.Id, id: string) => act(action, tenantId, id)
const dueNow = (tenantId: Tenancy.Id, id: string) =>
  Effect.zipRight(
    query(tenantId, (sql) => sql`UPDATE approvals SET due_at = now() WHERE order_id = ${id}`),
    // The saga looks, as it does when its timer is over.
    act("cancel", tenantId, id)
  )

layer(server, { timeout: "60 seconds", excludeTestServices: true })(
  "that an order waits for a person",
  (it) => {
    it.effect.each([
      { how: "approved", by: "ada@acme.test", end: decide("approve") },
      { how: "rejected", by: "ada@acme.test", end: decide("reject") },
      { how: "expired", by: null, end: decide("cancel") },
      { how: "expired", by: null, end: dueNow }
    ])("is told once, and how it ended once: $how", ({ by, end, how }) =>
      Effect.gen(function* () {
        const acme = yield* tenant
        const id = yield* place(acme, { lines: [{ sku: "SKU", quantity: 6 }] })
        const waiting = yield* held(acme, id)
        const meanwhile = yield* told(acme, id, /approval/)
        yield* end(acme, id)
        const after = yield* ended(acme, id)
        const all = yield* events(acme, id)

        assert.deepStrictEqual(
          meanwhile.map(({ payload, type, version }) => [type, version, payload.run]),
          [["order.approval_requested", 4, 1]]
        )
        assert.strictEqual(Date.parse(meanwhile[0]?.payload.dueAt), Date.parse(waiting.approvalDueAt))
        assert.deepStrictEqual(
          all.filter(({ type }) => /approval/.test(type)).map(({ payload }) => [payload.verdict, payload.by]),
          [
            [undefined, undefined],
            [how, by]
          ]
        )
        assert.isTrue(isGapless(all))
        assert.strictEqual(after.version, all.length)
        assert.include(after, { approval: how, approvalBy: by })
        assert.approximately(Date.parse(after.approvalAt), Date.now(), 60_000)
      })
    )
  }
)
