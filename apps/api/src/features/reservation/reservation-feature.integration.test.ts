import { HttpApi, HttpBody, HttpClient, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { MachineStore } from "@tessera/infra/machines/machine-store"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { OrderHttp } from "@tessera/shared/order/order-http"
import { ReservationHttp } from "@tessera/shared/reservation/reservation-http"
import { StuckStepHttp } from "@tessera/shared/stuck-step/stuck-step-http"
import { Array as Arr, Effect, Layer, Redacted } from "effect"
import { MigratedDatabase } from "../../testing/migrated-database.ts"
import { TestAccess } from "../../testing/test-access.ts"
import { OrderApprovalsBinding } from "../../wiring/order-approvals-binding.ts"
import { OrderFulfilmentBinding } from "../../wiring/order-fulfilment-binding.ts"
import { OrderReservationsBinding } from "../../wiring/order-reservations-binding.ts"
import { Carrier } from "../fulfilment/carrier.ts"
import { FulfilmentFeature } from "../fulfilment/fulfilment-feature.ts"
import { Payments } from "../fulfilment/payments.ts"
import { OrderFeature } from "../order/order-feature.ts"
import { ReservationFeature } from "./reservation-feature.ts"

class Api extends HttpApi.make("tessera").add(OrderHttp).add(ReservationHttp).add(StuckStepHttp) {}

/** A card that works, and a carrier that knows every address but 00000. */
const providers = Layer.merge(
  Layer.succeed(
    Payments,
    Payments.of({
      authorise: ({ key }) => Effect.succeed(key),
      capture: () => Effect.void,
      voidByKey: () => Effect.void,
      refund: () => Effect.void
    })
  ),
  Layer.succeed(
    Carrier,
    Carrier.of({
      book: ({ key, postcode }) =>
        postcode === "00000"
          ? Effect.fail(Carrier.Rejected.make({ code: "unknown_address" }))
          : Effect.succeed({ id: key, trackingCode: "TRK" }),
      cancel: () => Effect.void
    })
  )
)

const bindings = [
  OrderFulfilmentBinding.layer,
  OrderApprovalsBinding.layer,
  OrderReservationsBinding.layer
] as const
const features = Layer.mergeAll(
  FulfilmentFeature.pipe(Layer.provide(providers)),
  OrderFeature.pipe(Layer.provide(bindings)),
  ReservationFeature
)

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(Layer.provide(features), Layer.provide(TestAccess.layer)),
  { disableLogger: true, disableListenLog: true }
).pipe(
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

type Call = { readonly body?: object; readonly role?: string; readonly key?: string }

const call = (
  method: "get" | "post",
  path: string,
  tenantId: string,
  { body, key, role = "operator" }: Call = {}
) =>
  Effect.gen(function* () {
    const fresh = yield* Identifier.uuid
    const response = yield* HttpClient[method](`/v1${path}`, {
      headers: { authorization: `Bearer ${tenantId}/${role}`, "idempotency-key": key ?? fresh },
      ...(body === undefined ? {} : { body: HttpBody.unsafeJson(body) })
    })
    const text = yield* response.text
    const answer: Answer = { status: response.status, body: text === "" ? null : JSON.parse(text) }
    return answer
  })

const asTenant = (id: string) =>
  Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(id), "test"))

const inTenant = <A, E>(
  id: string,
  query: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, Tenancy.Current>
) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const database = yield* Database
    return yield* database.transaction(query(sql)).pipe(asTenant(id))
  })

/** A tenant of its own, with the articles A and B at 10.00, ten units each unless it says otherwise. */
const tenant = (units = 10) =>
  Effect.gen(function* () {
    const id = yield* Identifier.uuid
    const [a, b] = [yield* Identifier.uuid, yield* Identifier.uuid]
    yield* inTenant(id, (sql) =>
      Effect.all([
        sql`INSERT INTO tenants (id, slug, name, currency) VALUES (${id}, ${id}, 'Acme', 'EUR')`,
        sql`INSERT INTO products (tenant_id, id, sku, name, price_minor, currency, initial, available)
          VALUES (${id}, ${a}, 'A', 'Article', 1000, 'EUR', ${units}, ${units}),
            (${id}, ${b}, 'B', 'Another', 1000, 'EUR', ${units}, ${units})`
      ])
    )
    return id
  })

/** `available/reserved/sold` of A and of B. */
const stock = (id: string) =>
  inTenant(id, (sql) =>
    Effect.map(
      sql<{ readonly shown: string }>`
        SELECT available || '/' || reserved || '/' || sold AS shown FROM products ORDER BY sku`,
      Arr.map(({ shown }) => shown)
    )
  )

/** What the ledger says under this cause: `A reserve 2`. */
const ledger = (id: string, cause: string) =>
  inTenant(id, (sql) =>
    Effect.map(
      sql<{ readonly shown: string }>`
        SELECT p.sku || ' ' || l.kind || ' ' || l.quantity AS shown
        FROM stock_ledger l JOIN products p ON p.id = l.product_id
        WHERE l.cause = ${cause} ORDER BY p.sku, l.at`,
      Arr.map(({ shown }) => shown)
    )
  )

const line = (sku: string, quantity: number) => ({ sku, quantity })

const tryHold = (id: string, lines: ReadonlyArray<object>, more: Call & { readonly seconds?: number } = {}) =>
  call("post", "/reservations", id, {
    ...more,
    body: { lines, ...(more.seconds === undefined ? {} : { seconds: more.seconds }) }
  })
const hold = (id: string, lines: ReadonlyArray<object>, seconds?: number) =>
  Effect.map(tryHold(id, lines, seconds === undefined ? {} : { seconds }), ({ body, status }): string => {
    assert.strictEqual(status, 201)
    return body.id
  })
const byId = (id: string, reservation: string) =>
  Effect.map(call("get", `/reservations/${reservation}`, id), ({ body }) => body)
const release = (id: string, reservation: string, role?: string) =>
  call("post", `/reservations/${reservation}/release`, id, role === undefined ? {} : { role })

const order = (id: string, reservationId: string, lines: ReadonlyArray<object>, more: Call & object = {}) =>
  call("post", "/orders", id, {
    ...more,
    body: { lines, reservationId, paymentToken: "tok_ok", postcode: "12345", ...more.body }
  })

const until = <A, E, R>(what: string, look: Effect.Effect<A, E, R>, isWanted: (found: A) => boolean) =>
  look.pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: isWanted }),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `it never came: ${what}` })
  )
const ended = (id: string, orderId: string) =>
  until("the order has ended", call("get", `/orders/${orderId}`, id), ({ body }) =>
    ["fulfilled", "cancelled"].includes(body.status)
  )
const expired = (id: string, reservation: string) =>
  until("the units are back", ledger(id, `reservation:${reservation}`), (rows) => rows.length === 2)

const waiting = (id: string, reservation: string) =>
  inTenant(
    id,
    (sql) => sql`SELECT 1 FROM saga_steps WHERE key = ${`${reservation}/1`} AND outcome = 'running'`
  )

/** Its time is over by the clock, and its timer does not know. */
const backdate = (id: string, reservation: string) =>
  inTenant(
    id,
    (sql) => sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${reservation}`
  )

/** Everything that was reserved for it has been given back or passed on, once. */
const settled = (id: string) =>
  inTenant(
    id,
    (sql) => sql`SELECT cause, product_id FROM stock_ledger WHERE cause LIKE 'reservation:%'
      GROUP BY 1, 2 HAVING count(*) FILTER (WHERE kind = 'release') <> 1 OR count(*) <> 2`
  )

layer(server, { timeout: "90 seconds", excludeTestServices: true })("holding stock", (it) => {
  it.effect("keeps all lines, for a time, and says so", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const { body, status } = yield* tryHold(acme, [line("B", 3), line("A", 2)], { seconds: 600 })
      const usual = yield* tryHold(acme, [line("A", 1)])

      assert.strictEqual(status, 201)
      assert.deepInclude(body, { status: "held", lines: [line("B", 3), line("A", 2)] })
      assert.strictEqual(Date.parse(body.expiresAt) - Date.parse(body.createdAt), 600_000)
      assert.strictEqual(Date.parse(usual.body.expiresAt) - Date.parse(usual.body.createdAt), 900_000)
      assert.deepStrictEqual(yield* stock(acme), ["7/3/0", "7/3/0"])
      assert.deepStrictEqual(yield* ledger(acme, `reservation:${body.id}`), ["A reserve 2", "B reserve 3"])
      assert.deepStrictEqual(yield* byId(acme, body.id), body)
    })
  )

  it.effect("keeps nothing where one line cannot be kept, and names it", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const short = yield* tryHold(acme, [line("A", 10), line("B", 11)])
      const unknown = yield* tryHold(acme, [line("A", 1), line("NONE", 1)])
      const wrong = yield* Effect.forEach(
        [
          { lines: [] },
          { lines: [line("A", 1), line("A", 1)] },
          { lines: [line("A", 0)] },
          { lines: [line("A", 1)], seconds: 0 },
          { lines: [line("A", 1)], seconds: 86_401 }
        ],
        (body) => call("post", "/reservations", acme, { body })
      )
      const keyless = yield* tryHold(acme, [line("A", 1)], { key: "short" })
      const viewer = yield* tryHold(acme, [line("A", 1)], { role: "viewer" })

      assert.deepInclude(short.body, { code: "Reservation.OutOfStock", status: 409, sku: "B" })
      assert.deepInclude(unknown.body, { code: "Reservation.UnknownSku", status: 422, sku: "NONE" })
      assert.deepStrictEqual(
        [...wrong, keyless].map(({ status }) => status),
        [400, 400, 400, 400, 400, 400]
      )
      assert.deepInclude(viewer.body, { code: "Access.Denied", status: 403 })
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
      assert.deepStrictEqual((yield* call("get", "/reservations", acme)).body.items, [])
    })
  )

  it.effect("is once for each key, also at the same moment", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const key = yield* Identifier.uuid
      const answers = yield* Effect.all(Arr.replicate(tryHold(acme, [line("A", 2)], { key }), 8), {
        concurrency: "unbounded"
      })
      const other = yield* tryHold(acme, [line("A", 3)], { key })
      const [first] = answers
      yield* release(acme, first?.body.id)
      const later = yield* tryHold(acme, [line("A", 2)], { key })

      assert.deepStrictEqual(
        answers.map(({ body, status }) => [status, body.id]),
        Arr.replicate([201, first?.body.id], 8)
      )
      assert.deepInclude(other.body, { code: "Reservation.KeyReused", status: 422 })
      assert.deepInclude(later.body, { id: first?.body.id, status: "released" })
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
    })
  )

  it.effect("gives the last unit to one of fifty", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(1)
      const answers = yield* Effect.all(Arr.replicate(tryHold(acme, [line("A", 1)]), 50), {
        concurrency: "unbounded"
      })
      const outcomes = answers.map(({ body, status }) => `${status} ${body.code ?? body.status}`)

      assert.deepStrictEqual(outcomes.toSorted(), [
        "201 held",
        ...Arr.replicate("409 Reservation.OutOfStock", 49)
      ])
      assert.deepStrictEqual(yield* stock(acme), ["0/1/0", "1/0/0"])
    })
  )

  it.effect("does not wait in a circle, whatever the order of the lines", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(40)
      const ways = [
        [line("A", 1), line("B", 1)],
        [line("B", 1), line("A", 1)]
      ]
      const answers = yield* Effect.forEach(
        Arr.makeBy(40, (nth) => ways[nth % 2] ?? []),
        (lines) => tryHold(acme, lines),
        { concurrency: "unbounded" }
      )

      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        Arr.replicate(201, 40)
      )
      assert.deepStrictEqual(yield* stock(acme), ["0/40/0", "0/40/0"])
    })
  )
})

layer(server, { timeout: "90 seconds", excludeTestServices: true })("a reservation", (it) => {
  it.effect("is released once, by somebody who may operate", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* hold(acme, [line("A", 4)])
      yield* until("its saga waits", waiting(acme, id), (rows) => rows.length > 0)
      const viewer = yield* release(acme, id, "viewer")
      const answers = yield* Effect.all(Arr.replicate(release(acme, id), 5), { concurrency: "unbounded" })

      assert.deepInclude(viewer.body, { code: "Access.Denied" })
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 409, 409, 409, 409])
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
      assert.deepStrictEqual(yield* ledger(acme, `reservation:${id}`), ["A reserve 4", "A release 4"])
      yield* until("its saga has ended", waiting(acme, id), (rows) => rows.length === 0)
    })
  )

  it.effect("expires by itself, and the units are on sale again", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* hold(acme, [line("A", 4), line("B", 1)], 1)
      const before = yield* byId(acme, id)
      yield* until("it has expired", byId(acme, id), ({ status }) => status === "expired")
      yield* until("the units are back", stock(acme), ([a]) => a === "10/0/0")

      assert.strictEqual(before.status, "held")
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
      assert.deepStrictEqual(yield* settled(acme), [])
      const history = yield* inTenant(
        acme,
        (sql) => sql`SELECT event FROM state_history WHERE machine = 'reservation' ORDER BY version`
      )
      assert.deepStrictEqual(history, [{ event: "born" }, { event: "expire" }])
    })
  )

  it.effect("holds nothing once its time is over, also while its timer is late", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* hold(acme, [line("A", 4)])
      yield* until("its saga waits", waiting(acme, id), (rows) => rows.length > 0)
      yield* backdate(acme, id)
      const seen = yield* byId(acme, id)
      const held = yield* call("get", "/reservations?status=held", acme)
      const gone = yield* call("get", "/reservations?status=expired", acme)
      const taken = yield* order(acme, id, [line("A", 4)])

      assert.strictEqual(seen.status, "expired")
      assert.deepStrictEqual(held.body.items, [])
      assert.deepStrictEqual(gone.body.items, [seen])
      assert.deepInclude(taken.body, { code: "Reservation.NotHeld", held: "expired" })
      assert.deepStrictEqual(yield* stock(acme), ["6/4/0", "10/0/0"])
    })
  )

  it.effect("is given back all the same when the database refused the first time", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const { superuserUrl } = yield* TestDatabase
      const superuser = Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 })
      const run = (statement: string) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(Effect.provide(superuser))
      yield* run(`CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused'; END $$`)
      yield* run(`CREATE TRIGGER refuse BEFORE UPDATE ON app.reservations FOR EACH ROW
        WHEN (NEW.status = 'expired' AND NEW.tenant_id = '${acme}') EXECUTE FUNCTION app.refuse()`)
      const id = yield* hold(acme, [line("A", 4)], 1)
      const failed = yield* until(
        "an attempt has failed",
        inTenant(
          acme,
          (sql) => sql<{ readonly error: string }>`
            SELECT error FROM saga_steps WHERE key = ${`${id}/1`} AND outcome = 'failed'`
        ),
        (rows) => rows.length > 0
      )
      const during = yield* stock(acme)
      yield* run("DROP TRIGGER refuse ON app.reservations; DROP FUNCTION app.refuse()")
      yield* expired(acme, id)

      assert.isNotEmpty(failed)
      assert.deepStrictEqual(during, ["6/4/0", "10/0/0"])
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
      assert.deepStrictEqual(yield* settled(acme), [])
    })
  )

  it.effect("is listed with the newest first, page by page, and nobody else sees or ends it", () =>
    Effect.gen(function* () {
      const [acme, globex] = [yield* tenant(), yield* tenant()]
      const ids = yield* Effect.forEach(Arr.range(1, 5), () => hold(acme, [line("A", 1)]))
      yield* release(acme, ids[2] ?? "")
      const first = yield* call("get", "/reservations?limit=3", acme)
      const second = yield* call("get", `/reservations?limit=3&cursor=${first.body.nextCursor}`, acme)
      const held = yield* call("get", "/reservations?status=held", acme, { role: "viewer" })
      const wrong = yield* call("get", "/reservations?cursor=nonsense", acme)
      const foreign = yield* Effect.all([
        call("get", `/reservations/${ids[0]}`, globex),
        release(globex, ids[0] ?? ""),
        order(globex, ids[0] ?? "", [line("A", 1)])
      ])
      const idsOf = ({ body }: Answer) => body.items.map((one: { readonly id: string }) => one.id)

      assert.deepStrictEqual([...idsOf(first), ...idsOf(second)], ids.toReversed())
      assert.strictEqual(second.body.nextCursor, null)
      assert.deepStrictEqual(idsOf(held), Arr.remove(ids, 2).toReversed())
      assert.strictEqual(wrong.status, 400)
      assert.deepStrictEqual(
        foreign.map(({ body, status }) => [status, body.code]),
        Arr.replicate([404, "Reservation.NotFound"], 3)
      )
      assert.deepStrictEqual((yield* call("get", "/reservations", globex)).body.items, [])
      assert.strictEqual((yield* byId(acme, ids[0] ?? "")).status, "held")
    })
  )
})

const states = {
  held: () => Effect.void,
  taken: (acme: string, id: string) => order(acme, id, [line("A", 2)]),
  released: release,
  expired: backdate
} as const

layer(server, { timeout: "90 seconds", excludeTestServices: true })("a reservation in each state", (it) => {
  it.effect.each([
    { state: "held", status: { take: 201, release: 200 } },
    { state: "taken", status: { take: 409, release: 409 } },
    { state: "released", status: { take: 409, release: 409 } },
    { state: "expired", status: { take: 409, release: 409 } }
  ] as const)("that is $state", ({ state, status }) =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const actions = {
        take: (id: string) => order(acme, id, [line("A", 2)]),
        release: (id: string) => release(acme, id)
      }
      const tried = yield* Effect.forEach(["take", "release"] as const, (action) =>
        Effect.gen(function* () {
          const id = yield* hold(acme, [line("A", 2)])
          yield* states[state](acme, id)
          const answer = yield* actions[action](id)
          return [action, answer.status, answer.status === 409 ? answer.body.held : null]
        })
      )

      const refused = state === "held" ? null : state
      assert.deepStrictEqual(tried, [
        ["take", status.take, refused],
        ["release", status.release, refused]
      ])
    })
  )
})

layer(server, { timeout: "90 seconds", excludeTestServices: true })("an order with a reservation", (it) => {
  it.effect("takes the units over, and no product has more or less for it", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(4)
      const lines = [line("A", 4), line("B", 1)]
      const id = yield* hold(acme, lines)
      const held = yield* stock(acme)
      const key = yield* Identifier.uuid
      const placed = yield* order(acme, id, [line("B", 1), line("A", 1), line("A", 3)], { key })
      const again = yield* order(acme, id, [line("B", 1), line("A", 1), line("A", 3)], { key })
      const taken = yield* byId(acme, id)
      const end = yield* ended(acme, placed.body.id)

      assert.strictEqual(placed.status, 201)
      assert.deepStrictEqual([again.status, again.body.id], [201, placed.body.id])
      assert.strictEqual(taken.status, "taken")
      assert.strictEqual(end.body.status, "fulfilled")
      assert.deepStrictEqual(held, ["0/4/0", "3/1/0"])
      assert.deepStrictEqual(yield* stock(acme), ["0/0/4", "3/0/1"])
      assert.deepStrictEqual(yield* settled(acme), [])
      assert.deepStrictEqual(yield* ledger(acme, `order:${placed.body.id}:1`), [
        ...["A reserve 4", "A sell 4", "B reserve 1", "B sell 1"]
      ])
    })
  )

  it.effect("gives them back when it is undone", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* hold(acme, [line("A", 4)])
      const placed = yield* order(acme, id, [line("A", 4)], { body: { postcode: "00000" } })
      const end = yield* ended(acme, placed.body.id)

      assert.strictEqual(end.body.status, "cancelled")
      assert.deepStrictEqual(yield* stock(acme), ["10/0/0", "10/0/0"])
      assert.strictEqual((yield* byId(acme, id)).status, "taken")
    })
  )

  it.effect("is not placed where it wants something else, or what nobody holds", () =>
    Effect.gen(function* () {
      const acme = yield* tenant()
      const id = yield* hold(acme, [line("A", 4)])
      const other = yield* Effect.forEach(
        [[line("A", 3)], [line("A", 4), line("B", 1)], [line("B", 4)]],
        (lines) => order(acme, id, lines)
      )
      const none = yield* order(acme, yield* Identifier.uuid, [line("A", 4)])

      assert.deepStrictEqual(
        other.map(({ body, status }) => [status, body.code]),
        Arr.replicate([422, "Reservation.Mismatch"], 3)
      )
      assert.deepInclude(none.body, { code: "Reservation.NotFound", status: 404 })
      assert.deepStrictEqual((yield* call("get", "/orders", acme)).body.items, [])
      assert.strictEqual((yield* byId(acme, id)).status, "held")
      assert.deepStrictEqual(yield* stock(acme), ["6/4/0", "10/0/0"])
    })
  )

  it.effect("is one of those who end the reservation at the same moment", () =>
    Effect.gen(function* () {
      const acme = yield* tenant(20)
      const ids = yield* Effect.forEach(Arr.range(1, 8), () => hold(acme, [line("A", 2)], 1))
      const answers = yield* Effect.forEach(
        ids,
        (id) =>
          Effect.all([order(acme, id, [line("A", 2)]), order(acme, id, [line("A", 2)]), release(acme, id)], {
            concurrency: "unbounded"
          }).pipe(Effect.delay(`${900 + 25 * ids.indexOf(id)} millis`)),
        { concurrency: "unbounded" }
      )
      const orders = answers.flat().flatMap(({ body, status }) => (status === 201 ? [body.id] : []))
      yield* Effect.forEach(orders, (one) => ended(acme, one))
      yield* Effect.forEach(ids, (id) => expired(acme, id))

      assert.isTrue(
        answers.every((of) => of.filter(({ status }) => status === 200 || status === 201).length <= 1)
      )
      const sold = 2 * orders.length
      assert.deepStrictEqual(yield* stock(acme), [`${20 - sold}/0/${sold}`, "20/0/0"])
      assert.deepStrictEqual(yield* settled(acme), [])
    })
  )
})
