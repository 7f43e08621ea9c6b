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
import { OrderHttp } from "@tessera/shared/order/order-http"
import { OrderSettingsHttp } from "@tessera/shared/order-settings/order-settings-http"
import { StuckStepHttp } from "@tessera/shared/stuck-step/stuck-step-http"
import { Effect, Layer, Ref } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { TestAccess } from "../../testing/test-access.ts"
import { OrderApprovalsBinding } from "../../wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "../../wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "../../wiring/order-reservations-binding.ts"
import { OrderFeature } from "../order/order-feature.ts"
import { OrderIntake } from "../order/order-intake.ts"
import { OrderSettingsFeature } from "../order-settings/order-settings-feature.ts"
import { Carrier } from "./carrier.ts"
import { FulfilmentFeature } from "./fulfilment-feature.ts"
import { Payments } from "./payments.ts"

class Api extends HttpApi.make("tessera").add(OrderHttp).add(OrderSettingsHttp).add(StuckStepHttp) {}

/** What the providers were asked, as `<order> <call>`. */
const asked = Ref.unsafeMake<ReadonlyArray<string>>([])
const note = ({ reference }: { readonly reference: string }, what: string) =>
  Ref.update(asked, (all) => [...all, `${reference.split("/")[1]} ${what}`])
const askedFor = (id: string) =>
  Effect.map(Ref.get(asked), (all) =>
    all.filter((one) => one.startsWith(id)).map((one) => one.slice(id.length + 1))
  )

const providers = Layer.merge(
  Layer.succeed(
    Payments,
    Payments.of({
      authorise: (call) => Effect.as(note(call, "authorise"), call.key),
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
  ),
  OrderSettingsFeature
)

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(features), Layer.provide(TestAccess.layer)),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(OrderIntake.layer.pipe(Layer.provide(OrderFulfilmentBinding.layer))),
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

const call = (
  method: "get" | "post" | "put",
  path: string,
  tenantId: string,
  body?: object,
  role = "admin"
) =>
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

/** A tenant of its own, with one article at 10.00. */
const tenant = (settings: object = { approvalThresholdMinor: 5_000 }) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    const id = Tenancy.Id.make(yield* Identifier.uuid)
    yield* Effect.all([
      sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${id}, 'Acme', 'EUR')`,
      sql`INSERT INTO members (tenant_id, id, email, name, role, password_hash)
        VALUES (${id}, ${id}, 'ada@acme.test', 'Ada', 'admin', '')`,
      sql`INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
        VALUES (${id}, ${id}, 'SKU', 'Article', 1000, 'EUR', 100, 100)`
    ]).pipe(database.transaction, Effect.provideService(Tenancy.Current, Tenancy.system(id, "test")))
    const { status } = yield* call("put", "/order-settings", id, settings)
    assert.strictEqual(status, 200)
    return id
  })

const place = (tenantId: string, quantity: number) =>
  Effect.map(
    call("post", "/orders", tenantId, {
      lines: [{ sku: "SKU", quantity }],
      paymentToken: "tok_ok",
      postcode: "12345"
    }),
    ({ body }): string => body.id
  )

const until = (tenantId: string, id: string, isWanted: (body: Answer["body"]) => boolean) =>
  call("get", `/orders/${id}`, tenantId).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: ({ body }) => isWanted(body) }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => `order ${id} did not come so far` }),
    Effect.map(({ body }) => body)
  )
const ended = (tenantId: string, id: string) =>
  until(tenantId, id, ({ status }) => status === "fulfilled" || status === "cancelled")
const held = (tenantId: string, id: string) => until(tenantId, id, ({ approval }) => approval === "pending")

const steps = (tenantId: string, id: string) =>
  Effect.map(
    call("get", `/orders/${id}/timeline`, tenantId),
    ({ body }): ReadonlyArray<string> =>
      body.map(
        (one: { readonly direction: string; readonly name: string; readonly attempt: number }) =>
          `${one.direction} ${one.name} ${one.attempt}`
      )
  )
const available = (tenantId: Tenancy.Id) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    const [row] = yield* database
      .transaction(sql<{ readonly available: number }>`SELECT available FROM products`)
      .pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))
    return row?.available
  })

layer(server, { timeout: "60 seconds", excludeTestServices: true })("an order above the threshold", (it) => {
  it.effect("waits with its money held, and goes on when somebody approves it", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* place(acme, 6)
      const waiting = yield* held(acme, id)
      const listed = yield* call("get", "/orders?approval=pending", acme)
      const before = yield* askedFor(id)
      const approved = yield* call("post", `/orders/${id}/approve`, acme, { note: "a good customer" })
      const end = yield* ended(acme, id)
      const history = yield* call("get", `/orders/${id}/history`, acme)

      assert.include(waiting, { status: "authorised", approvalBy: null })
      assert.approximately(Date.parse(waiting.approvalDueAt), Date.now() + 86_400_000, 60_000)
      assert.deepStrictEqual(
        listed.body.items.map((one: { readonly id: string }) => one.id),
        [id]
      )
      assert.deepStrictEqual(before, ["authorise"])
      assert.strictEqual(approved.status, 200)
      assert.include(approved.body, { approval: "approved", approvalBy: "ada@acme.test" })
      assert.include(end, { status: "fulfilled", approval: "approved" })
      assert.deepStrictEqual(yield* askedFor(id), ["authorise", "capture", "book"])
      assert.deepStrictEqual(yield* steps(acme, id), [
        ...["forward reserve 1", "forward authorise 1", "forward approve 0", "forward approve 1"],
        ...["forward capture 1", "forward book 1", "forward confirm 1"]
      ])
      assert.deepStrictEqual(
        history.body.map(
          (one: { readonly [key: string]: unknown }) => `${one.machine} ${one.from} ${one.event} ${one.to}`
        ),
        [
          "order null born placed",
          "order placed reserve reserved",
          "payment null born authorised",
          "order reserved authorise authorised",
          "approval null born pending",
          "order authorised ask authorised",
          "order authorised approve authorised",
          "approval pending approve approved",
          "payment authorised capture captured",
          "order authorised capture captured",
          "shipment null born booked",
          "order captured book booked",
          "order booked confirm fulfilled"
        ]
      )
      assert.include(history.body[7], {
        run: 1,
        version: 2,
        reason: "a good customer",
        replica: "test"
      })
      assert.deepStrictEqual((yield* call("get", "/orders?approval=pending", acme)).body.items, [])
    })
  )

  it.effect("is undone when somebody rejects it", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* place(acme, 6)
      yield* held(acme, id)
      const rejected = yield* call("post", `/orders/${id}/reject`, acme, {})
      const end = yield* ended(acme, id)

      assert.include(rejected.body, { approval: "rejected" })
      assert.include(end, { status: "cancelled", reason: "approval: rejected by ada@acme.test" })
      assert.deepStrictEqual(yield* askedFor(id), ["authorise", "void"])
      assert.strictEqual(yield* available(acme), 100)
    })
  )

  it.effect("is undone when nobody decides in time; then it is too late", () =>
    Effect.gen(function* () {
      const acme = yield* tenant({ approvalThresholdMinor: 5_000, approvalSeconds: 1 })
      const id = yield* place(acme, 6)
      const end = yield* ended(acme, id)
      const late = yield* call("post", `/orders/${id}/approve`, acme, {})

      assert.include(end, {
        status: "cancelled",
        approval: "expired",
        approvalBy: null,
        reason: "approval: nobody decided in time"
      })
      assert.deepStrictEqual(yield* askedFor(id), ["authorise", "void"])
      assert.strictEqual(late.status, 409)
      assert.include(late.body, { code: "Order.NotAwaitingApproval", approval: "expired" })
      assert.deepStrictEqual(yield* steps(acme, id), [
        ...["forward reserve 1", "forward authorise 1", "forward approve 0", "forward approve 1"],
        ...["compensate authorise 1", "compensate reserve 1"]
      ])
    })
  )

  it.effect("is undone at once when it is cancelled while it waits", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* place(acme, 6)
      yield* held(acme, id)
      const cancelled = yield* call("post", `/orders/${id}/cancel`, acme)
      const end = yield* ended(acme, id)

      assert.strictEqual(cancelled.status, 200)
      assert.include(end, { status: "cancelled", approval: "expired", reason: "cancelled on request" })
      assert.deepStrictEqual(yield* askedFor(id), ["authorise", "void"])
    })
  )

  it.effect("is decided by one of two who decide at once", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* place(acme, 6)
      yield* held(acme, id)
      const answers = yield* Effect.all(
        [call("post", `/orders/${id}/approve`, acme, {}), call("post", `/orders/${id}/reject`, acme, {})],
        { concurrency: "unbounded" }
      )
      const end = yield* ended(acme, id)

      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
      assert.strictEqual(end.status, answers[0].status === 200 ? "fulfilled" : "cancelled")
      assert.strictEqual(end.approval, answers[0].status === 200 ? "approved" : "rejected")
    })
  )

  it.effect("is nobody's else to decide, and takes somebody who may manage", () =>
    Effect.gen(function* () {
      const [acme, globex] = yield* Effect.all([tenant(), tenant()])
      const id = yield* place(acme, 6)
      yield* held(acme, id)
      const ask = (what: string, of: string, role?: string) =>
        Effect.map(call("post", `/orders/${id}/${what}`, of, {}, role), ({ body, status }) => [
          status,
          body.code
        ])

      assert.deepStrictEqual(yield* ask("approve", globex), [404, "Order.NotFound"])
      assert.deepStrictEqual(yield* ask("reject", globex), [404, "Order.NotFound"])
      assert.deepStrictEqual((yield* call("get", `/orders/${id}/history`, globex)).status, 404)
      assert.deepStrictEqual((yield* call("get", "/orders?approval=pending", globex)).body.items, [])
      assert.deepStrictEqual(yield* ask("approve", acme, "operator"), [403, "Access.Denied"])
      assert.deepStrictEqual(yield* ask("reject", acme, "viewer"), [403, "Access.Denied"])
      assert.include(yield* held(acme, id), { status: "authorised", approvalBy: null })
    })
  )
})

layer(server, { timeout: "60 seconds", excludeTestServices: true })(
  "an order that needs no approval",
  (it) => {
    it.effect.each([
      { why: "its total is the threshold", quantity: 5, settings: { approvalThresholdMinor: 5_000 } },
      { why: "there is no threshold", quantity: 90, settings: { approvalThresholdMinor: null } }
    ])("goes through when $why", ({ quantity, settings }) =>
      Effect.gen(function* () {
        const acme = yield* tenant(settings)
        const id = yield* place(acme, quantity)
        const end = yield* ended(acme, id)
        const refused = yield* call("post", `/orders/${id}/approve`, acme, {})

        assert.include(end, { status: "fulfilled", approval: null, approvalDueAt: null })
        assert.deepStrictEqual(yield* steps(acme, id), [
          ...["forward reserve 1", "forward authorise 1", "forward capture 1", "forward book 1"],
          "forward confirm 1"
        ])
        assert.deepStrictEqual([refused.status, refused.body.approval], [409, null])
      })
    )

    it.effect("goes through when a file brought it, whatever it costs", () =>
      Effect.gen(function* () {
        const intake = yield* OrderIntake
        const acme = yield* tenant()
        const line = { sku: "SKU", name: "Article", quantity: 50, unitPriceMinor: 100_000 }
        yield* intake
          .place([{ number: "7", customerReference: null, country: null, lines: [line] }], "file")
          .pipe(Effect.provideService(Tenancy.Current, Tenancy.system(acme, "test")))
        const [order] = (yield* call("get", "/orders", acme)).body.items
        const end = yield* ended(acme, order.id)

        assert.include(end, { status: "fulfilled", approval: null, totalMinor: 5_000_000 })
      })
    )
  }
)

layer(server, { timeout: "60 seconds", excludeTestServices: true })("the settings of orders", (it) => {
  it.effect("are the defaults until somebody who may manage replaces them, for this tenant alone", () =>
    Effect.gen(function* () {
      const [acme, globex] = yield* Effect.all([tenant({}), tenant()])
      const settings = { approvalThresholdMinor: 0, approvalSeconds: 2_592_000, parcelUnits: 100_000 }
      const first = yield* call("get", "/order-settings", acme, undefined, "viewer")
      const denied = yield* Effect.forEach(["operator", "viewer"], (role) =>
        call("put", "/order-settings", acme, settings, role)
      )
      const wrong = yield* Effect.forEach(
        [
          ...[{ approvalSeconds: 0 }, { approvalSeconds: 2_592_001 }, { approvalThresholdMinor: -1 }],
          ...[{ parcelUnits: 0 }, { parcelUnits: 100_001 }]
        ],
        (body) => call("put", "/order-settings", acme, body)
      )
      const replaced = yield* call("put", "/order-settings", acme, settings)

      assert.deepStrictEqual(first.body, {
        approvalThresholdMinor: null,
        approvalSeconds: 86_400,
        parcelUnits: null
      })
      assert.deepStrictEqual(
        [...denied, ...wrong].map(({ status }) => status),
        [403, 403, 400, 400, 400, 400, 400]
      )
      assert.deepStrictEqual(replaced.body, settings)
      assert.deepStrictEqual((yield* call("get", "/order-settings", acme)).body, settings)
      assert.deepStrictEqual(
        (yield* call("get", "/order-settings", globex)).body.approvalThresholdMinor,
        5_000
      )
    })
  )
})
