import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FetchHttpClient, HttpApi, HttpBody, HttpClient, HttpLayerRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { type Order } from "@tessera/shared/order/order"
import { OrderHttp } from "@tessera/shared/order/order-http"
import { OrderSettingsHttp } from "@tessera/shared/order-settings/order-settings-http"
import { ConfigProvider, Context, Deferred, Effect, Layer, Logger, LogLevel, Ref } from "effect"
import { Provider } from "../../../../sandbox/provider/provider.ts"
import { MigratedDatabase } from "../../../testing/migrated-database.ts"
import { TestAccess } from "../../../testing/test-access.ts"
import { OrderApprovalsBinding } from "../../../wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "../../../wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "../../../wiring/order-reservations-binding.ts"
import { SandboxCarrier } from "../../../wiring/sandbox-carrier.ts"
import { SandboxPayments } from "../../../wiring/sandbox-payments.ts"
import { OrderFeature } from "../../order/order-feature.ts"
import { OrderIntake } from "../../order/order-intake.ts"
import { OrderSettingsFeature } from "../../order-settings/order-settings-feature.ts"
import { Carrier } from "../carrier.ts"
import { FulfilmentFeature } from "../fulfilment-feature.ts"

class Api extends HttpApi.make("tessera").add(OrderHttp).add(OrderSettingsHttp) {}

class Sandbox extends Context.Tag("test/Sandbox")<Sandbox, string>() {}

/** The real provider on a port of the system. */
const sandbox = Layer.unwrapScoped(
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "parcels-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true }))
    )
    const env = new Map([
      ["SANDBOX_PORT", "0"],
      ["DATA_DIR", folder]
    ])
    return Layer.effect(
      Sandbox,
      Effect.map(HttpServer.HttpServer, ({ address }) =>
        address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
      )
    ).pipe(
      Layer.provide(Provider.layer),
      Layer.provide(Logger.minimumLogLevel(LogLevel.Warning)),
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env)))
    )
  })
).pipe(Layer.orDie)

/** What the carrier was asked, `<order>:<run>:<step>[:<parcel>]` in order. */
const asked = Ref.unsafeMake<ReadonlyArray<string>>([])
/** What happens to one call, once, before it reaches the carrier or after it did. */
const before = new Map<string, Effect.Effect<void, Carrier.Rejected>>()
const after = new Map<string, Effect.Effect<void>>()
const once = <E>(faults: Map<string, Effect.Effect<void, E>>, key: string) =>
  Effect.suspend(() => {
    const [, , ...step] = key.split(":")
    const fault = faults.get(step.join(":")) ?? Effect.void
    faults.delete(step.join(":"))
    return fault
  })

/** The real carrier; it is told when to fail by the number of the parcel, which it could not know itself. */
const carrier = Layer.effect(
  Carrier,
  Effect.map(Carrier, (real) =>
    Carrier.of({
      book: (booking) =>
        Ref.update(asked, (all) => [...all, booking.key]).pipe(
          Effect.zipRight(once(before, booking.key)),
          Effect.zipRight(real.book(booking)),
          Effect.zipLeft(once(after, booking.key))
        ),
      cancel: (id, key) =>
        Ref.update(asked, (all) => [...all, key]).pipe(
          Effect.zipRight(real.cancel(id, key)),
          Effect.zipLeft(once(after, key))
        )
    })
  )
)

const providers = Layer.unwrapEffect(
  Effect.map(Sandbox, (url) =>
    Layer.merge(
      SandboxPayments.layer({ url }),
      carrier.pipe(Layer.provide(SandboxCarrier.layer({ url })))
    ).pipe(Layer.provide(Outbound.layer({ allow: [url] })))
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
  Layer.provideMerge(sandbox),
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

const parsed = (text: string) => (text === "" ? null : JSON.parse(text))

const call = (method: "get" | "post" | "put", path: string, tenantId: string, body?: object) =>
  Effect.gen(function* () {
    const key = yield* Identifier.uuid
    const response = yield* HttpClient[method](`/v1${path}`, {
      headers: { authorization: `Bearer ${tenantId}/admin`, "idempotency-key": key },
      ...(body === undefined ? {} : { body: HttpBody.unsafeJson(body) })
    })
    const answer: Answer = { status: response.status, body: parsed(yield* response.text) }
    return answer
  })

const asTenant = (id: Tenancy.Id) => Effect.provideService(Tenancy.Current, Tenancy.system(id, "test"))
const rows = <A extends object>(id: Tenancy.Id, query: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    return yield* database.transaction(sql.unsafe<A>(query)).pipe(asTenant(id))
  })

/** A tenant of its own with two articles, and nothing that could go wrong with the carrier yet. */
const tenant = (parcelUnits: number | null) =>
  Effect.gen(function* () {
    const id = Tenancy.Id.make(yield* Identifier.uuid)
    const other = yield* Identifier.uuid
    yield* rows(id, `INSERT INTO tenants (id, slug, name, currency) VALUES ('${id}', '${id}', 'Acme', 'EUR')`)
    yield* rows(
      id,
      `INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available) VALUES
        ('${id}', '${id}', 'A', 'Apple', 100, 'EUR', 1000, 1000),
        ('${id}', '${other}', 'B', 'Berry', 100, 'EUR', 1000, 1000)`
    )
    const { status } = yield* call("put", "/order-settings", id, { parcelUnits })
    assert.strictEqual(status, 200)
    yield* Effect.sync(() => [before, after].map((faults) => faults.clear()))
    return id
  })

const order = (quantities: Readonly<Record<string, number>>) => ({
  lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
  paymentToken: "tok_ok",
  postcode: "12345"
})
/** Six apples and three berries. */
const place = (tenantId: string) =>
  Effect.map(call("post", "/orders", tenantId, order({ A: 6, B: 3 })), ({ body }): Order.Id => body.id)

const until = (tenantId: string, id: string, isWanted: (body: Answer["body"]) => boolean) =>
  call("get", `/orders/${id}`, tenantId).pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: ({ body }) => isWanted(body) }),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `order ${id} did not come so far` }),
    Effect.map(({ body }) => body)
  )
const ended = (tenantId: string, id: string) =>
  until(tenantId, id, ({ status }) => status === "fulfilled" || status === "cancelled")

const askedFor = (id: string) =>
  Effect.map(Ref.get(asked), (all) =>
    all.filter((key) => key.startsWith(id)).map((key) => key.slice(id.length + 3))
  )

/** What the carrier has for an order: its references after the order's id, and what became of them. */
const booked = (id: string) =>
  Effect.gen(function* () {
    const url = yield* Sandbox
    const response = yield* Effect.provide(HttpClient.get(`${url}/ledger`), FetchHttpClient.layer)
    const shipments: ReadonlyArray<{ readonly reference: string; readonly status: string }> = parsed(
      yield* response.text
    ).shipments
    return shipments
      .filter(({ reference }) => reference.includes(`/${id}/`))
      .map(({ reference, status }) => `${reference.split(`/${id}/`)[1]} ${status}`)
      .toSorted()
  })

const split = [
  { parcel: 1, lines: [{ sku: "A", quantity: 4 }] },
  {
    parcel: 2,
    lines: [
      { sku: "A", quantity: 2 },
      { sku: "B", quantity: 2 }
    ]
  },
  { parcel: 3, lines: [{ sku: "B", quantity: 1 }] }
]
const contents = (parcels: ReadonlyArray<{ readonly parcel: number; readonly lines: unknown }>) =>
  parcels.map(({ lines, parcel }) => ({ parcel, lines }))

layer(server, { timeout: "60 seconds", excludeTestServices: true })("an order larger than a parcel", (it) => {
  it.effect("goes into as few as hold it, each booked once, and is fulfilled with the last", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      const id = yield* place(acme)
      const end = yield* ended(acme, id)
      const history = yield* call("get", `/orders/${id}/history`, acme)

      assert.strictEqual(end.status, "fulfilled")
      assert.deepStrictEqual(contents(end.parcels), split)
      assert.strictEqual(end.trackingCode, end.parcels[0].trackingCode)
      assert.lengthOf(new Set(end.parcels.map((one: { trackingCode: string }) => one.trackingCode)), 3)
      assert.deepStrictEqual(yield* askedFor(id), ["book", "book:2", "book:3"])
      assert.deepStrictEqual(yield* booked(id), ["1 booked", "1/2 booked", "1/3 booked"])
      assert.deepStrictEqual(
        history.body
          .filter((one: { machine: string }) => one.machine !== "order")
          .map((one: Record<string, unknown>) => `${one.machine} ${one.run} ${one.parcel} ${one.event}`),
        [
          ...["payment 1 null born", "payment 1 null capture"],
          ...["shipment 1 1 born", "shipment 1 2 born", "shipment 1 3 born"]
        ]
      )
    })
  )

  it.effect("is undone whole when the carrier refuses a later parcel, the last one first", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      // Whoever asks about that parcel hears the same, also when it is undone.
      const refuse: Effect.Effect<void, Carrier.Rejected> = Effect.suspend(() => {
        before.set("book:3", refuse)
        return Carrier.Rejected.make({ code: "too_heavy" })
      })
      before.set("book:3", refuse)
      const id = yield* place(acme)
      const end = yield* ended(acme, id)

      assert.include(end, { status: "cancelled", reason: "carrier: too_heavy", trackingCode: null })
      assert.deepStrictEqual(
        end.parcels.map((one: { status: string }) => one.status),
        ["cancelled", "cancelled"]
      )
      assert.deepStrictEqual(yield* askedFor(id), [
        ...["book", "book:2", "book:3"],
        ...["book:3", "book:2", "unbook:2", "book", "unbook"]
      ])
      assert.deepStrictEqual(yield* booked(id), ["1 cancelled", "1/2 cancelled"])
      assert.deepStrictEqual(yield* rows(acme, "SELECT status FROM payments"), [{ status: "refunded" }])
      assert.deepStrictEqual(yield* rows(acme, "SELECT sum(available)::int AS left FROM products"), [
        { left: 2000 }
      ])
    })
  )

  it.effect("is no matter for the undo of its booking when already the first parcel is refused", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      before.set("book", Carrier.Rejected.make({ code: "too_heavy" }))
      const id = yield* place(acme)
      const end = yield* ended(acme, id)

      assert.include(end, { status: "cancelled", reason: "carrier: too_heavy" })
      assert.deepStrictEqual(end.parcels, [])
      assert.deepStrictEqual(yield* askedFor(id), ["book"])
    })
  )

  it.effect("goes on where it was when an answer is lost between two parcels", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      after.set("book:2", Effect.dieMessage("the answer is lost"))
      const id = yield* place(acme)
      const end = yield* ended(acme, id)

      assert.strictEqual(end.status, "fulfilled")
      assert.deepStrictEqual(contents(end.parcels), split)
      assert.deepStrictEqual(yield* askedFor(id), ["book", "book:2", "book:2", "book:3"])
      assert.deepStrictEqual(yield* booked(id), ["1 booked", "1/2 booked", "1/3 booked"])
    })
  )

  it.effect("is undone when it is cancelled while its parcels are booked, also with an answer lost", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      const [reached, go] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      before.set("book:2", Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(go)))
      after.set("unbook:2", Effect.dieMessage("the answer is lost"))
      const id = yield* place(acme)
      yield* Deferred.await(reached)
      const cancelled = yield* call("post", `/orders/${id}/cancel`, acme)
      yield* Deferred.succeed(go, undefined)
      const end = yield* ended(acme, id)

      assert.strictEqual(cancelled.status, 200)
      assert.include(end, { status: "cancelled", reason: "cancelled on request" })
      assert.deepStrictEqual(yield* askedFor(id), [
        ...["book", "book:2", "book:3"],
        // Of the third, nobody knows here: the order's move and its note were rolled back together.
        ...["book:3", "unbook:3", "book:2", "unbook:2"],
        ...["book:3", "unbook:3", "book:2", "unbook:2", "book", "unbook"]
      ])
      assert.deepStrictEqual(yield* booked(id), ["1 cancelled", "1/2 cancelled", "1/3 cancelled"])
      assert.deepStrictEqual(
        end.parcels.map((one: { status: string }) => one.status),
        ["cancelled", "cancelled"]
      )
    })
  )

  it.effect("is refused where it would need more than 200, and taken where it needs 200", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(1)
      const refused = yield* call("post", "/orders", acme, order({ A: 150, B: 51 }))
      before.set("book", Carrier.Rejected.make({ code: "too_heavy" }))
      const accepted = yield* call("post", "/orders", acme, order({ A: 150, B: 50 }))
      yield* ended(acme, accepted.body.id)

      assert.strictEqual(refused.status, 422)
      assert.include(refused.body, { code: "Order.TooManyParcels", parcels: 201, most: 200 })
      assert.strictEqual(accepted.status, 201)
      assert.deepStrictEqual(yield* rows(acme, "SELECT parcel_units FROM orders"), [{ parcelUnits: 1 }])
    })
  )

  it.effect("stays as it was placed, whatever the settings say later", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      const [reached, go] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
      before.set("book", Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(go)))
      const id = yield* place(acme)
      yield* Deferred.await(reached)
      yield* call("put", "/order-settings", acme, { parcelUnits: 100 })
      yield* Deferred.succeed(go, undefined)

      assert.deepStrictEqual(contents((yield* ended(acme, id)).parcels), split)
    })
  )

  it.effect("is nobody else's to see", () =>
    Effect.gen(function* () {
      const [acme, globex] = [yield* tenant(4), yield* tenant(null)]
      const id = yield* place(acme)
      const own = yield* ended(acme, id)
      const foreign = yield* call("get", `/orders/${id}`, globex)
      const counts = `SELECT (SELECT count(*)::int FROM further_shipments) AS parcels,
        (SELECT count(*)::int FROM shipment_lines) AS lines`

      assert.lengthOf(own.parcels, 3)
      assert.strictEqual(foreign.status, 404)
      assert.deepStrictEqual(yield* rows(acme, counts), [{ parcels: 2, lines: 4 }])
      assert.deepStrictEqual(yield* rows(globex, counts), [{ parcels: 0, lines: 0 }])
      assert.strictEqual((yield* call("get", "/order-settings", globex)).body.parcelUnits, null)
    })
  )
})

layer(server, { timeout: "60 seconds", excludeTestServices: true })("an order of one parcel", (it) => {
  it.effect.each([
    { why: "no parcel is too small", parcelUnits: null },
    { why: "it fills one", parcelUnits: 9 }
  ])("is booked as it ever was when $why", ({ parcelUnits }) =>
    Effect.gen(function* () {
      const acme = yield* tenant(parcelUnits)
      const id = yield* place(acme)
      const end = yield* ended(acme, id)
      const whole = [
        {
          parcel: 1,
          lines: [
            { sku: "A", quantity: 6 },
            { sku: "B", quantity: 3 }
          ]
        }
      ]

      assert.deepStrictEqual(contents(end.parcels), whole)
      assert.deepStrictEqual(yield* askedFor(id), ["book"])
      assert.deepStrictEqual(yield* booked(id), ["1 booked"])
      assert.deepStrictEqual(yield* rows(acme, "SELECT parcel_units FROM orders"), [{ parcelUnits: null }])
      yield* rows(acme, "DELETE FROM shipment_lines")
      const older = yield* call("get", `/orders/${id}`, acme)
      assert.deepStrictEqual(contents(older.body.parcels), whole, "as an older version left it")
    })
  )
})

layer(server, { timeout: "60 seconds", excludeTestServices: true })("an order out of a file", (it) => {
  const placed = (acme: Tenancy.Id, quantity: number) =>
    Effect.gen(function* () {
      const intake = yield* OrderIntake
      const line = { sku: "A", name: "Apple", quantity, unitPriceMinor: 100 }
      yield* intake
        .place([{ number: "7", customerReference: null, country: null, lines: [line] }], "file")
        .pipe(asTenant(acme))
      const [{ id }] = (yield* call("get", "/orders", acme)).body.items
      return yield* ended(acme, id)
    })

  it.effect("is split like any other", () =>
    Effect.gen(function* () {
      const { parcels } = yield* placed(yield* tenant(4), 9)

      assert.deepStrictEqual(
        parcels.flatMap((one: (typeof split)[number]) => one.lines.map(({ quantity }) => quantity)),
        [4, 4, 1]
      )
    })
  )

  it.effect("goes into larger parcels where it would need more than 200", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(1)
      before.set("book", Carrier.Rejected.make({ code: "too_heavy" }))
      yield* placed(acme, 401)

      assert.deepStrictEqual(yield* rows(acme, "SELECT parcel_units FROM orders"), [{ parcelUnits: 3 }])
    })
  )
})
