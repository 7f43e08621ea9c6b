import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import { expect, layer } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Metric, Option, Redacted, Ref, Schema } from "effect"
import { Webhook } from "standardwebhooks"
import { Identifier } from "../context/identifier.ts"
import { EventBus } from "../events/event-bus.ts"
import { EventRecord } from "../events/event-record.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Outbound } from "../outbound/outbound.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { RowCursor } from "../storage/row-cursor.ts"
import { Database } from "../tenancy/database.ts"
import { InfraTables } from "../tenancy/infra-tables.ts"
import { OriginColumns } from "../tenancy/origin-columns.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { TestDatabase } from "../testing/test-database.ts"
import { WebhookService } from "./webhook-service.ts"

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that answers a path as the test says; 204 unless told. */
class Receiver extends Context.Tag("test/Receiver")<
  Receiver,
  {
    readonly origin: string
    readonly answer: (path: string, how: (response: ServerResponse) => void) => void
    readonly received: (path: string) => ReadonlyArray<Received>
  }
>() {
  static readonly layer = Layer.scoped(
    Receiver,
    Effect.acquireRelease(
      Effect.async<Context.Tag.Service<Receiver> & { readonly close: () => void }>((resume) => {
        const answers = new Map<string, (response: ServerResponse) => void>()
        const all: Array<Received> = []
        const server = createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk) => chunks.push(chunk))
          request.on("end", () => {
            const path = request.url ?? ""
            all.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() })
            const how = answers.get(path) ?? ((plain) => plain.writeHead(204).end())
            how(response)
          })
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = address !== null && typeof address === "object" ? address.port : 0
          resume(
            Effect.succeed({
              origin: `http://127.0.0.1:${port}`,
              answer: (path, how) => answers.set(path, how),
              received: (path) => all.filter((one) => one.path === path),
              close: () => {
                server.closeAllConnections()
                server.close()
              }
            })
          )
        })
      }),
      ({ close }) => Effect.sync(close)
    )
  )
}

/**
 * What the lanes and the event bus of a cluster would call; the tests call it at the moment that they
 * choose.
 */
class Hooks extends Context.Tag("test/Hooks")<
  Hooks,
  {
    readonly kind: Ref.Ref<Option.Option<Lanes.Kind>>
    readonly woken: Ref.Ref<ReadonlyArray<string>>
    readonly deliver: Ref.Ref<
      (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, unknown, Tenancy.Current>
    >
  }
>() {
  static readonly layer = Layer.effect(
    Hooks,
    Effect.all({
      kind: Ref.make(Option.none<Lanes.Kind>()),
      woken: Ref.make<ReadonlyArray<string>>([]),
      deliver: Ref.make<
        (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, unknown, Tenancy.Current>
      >(() => Effect.void)
    })
  )
}

const lanes = Layer.effect(
  Lanes,
  Effect.map(Hooks, (hooks) =>
    Lanes.of({
      register: (kind) => Ref.set(hooks.kind, Option.some(kind)),
      wake: (_, key) => Ref.update(hooks.woken, (keys) => [...keys, key]),
      owned: Effect.succeed([])
    })
  )
)

const bus = Layer.effect(
  EventBus,
  Effect.map(Hooks, (hooks) =>
    EventBus.of({
      emit: () => Effect.dieMessage("not here"),
      log: () => Effect.dieMessage("not here"),
      newest: Effect.dieMessage("not here"),
      watch: () => {
        throw new Error("not here")
      },
      on: (_, handler) => Ref.set(hooks.deliver, handler)
    })
  )
)

const infraSql = Effect.map(TestDatabase, ({ url }) =>
  InfraSql.layer({ url: Redacted.make(url("tessera_infra")), name: "infra", connections: 5 })
).pipe(Layer.unwrapEffect, Layer.orDie)

const tables = Layer.effectDiscard(Effect.zipRight(InfraTables.create, OriginColumns.add)).pipe(
  Layer.provide(TestDatabase.as("tessera_owner")),
  Layer.orDie
)

const outbound = Layer.unwrapEffect(Effect.map(Receiver, ({ origin }) => Outbound.layer({ allow: [origin] })))

/** Retries are due at once, so that nobody has to wait for them. */
const schedule = [Duration.zero, Duration.zero, Duration.zero]

const system = WebhookService.layer({ schedule, timeout: Duration.millis(400) }).pipe(
  Layer.provideMerge(Layer.mergeAll(lanes, bus, outbound, Database.layer)),
  Layer.provideMerge(Layer.mergeAll(Hooks.layer, Receiver.layer, infraSql, TestDatabase.as("tessera_app"))),
  Layer.provide(tables),
  Layer.provide(TestDatabase.layer)
)

const asTenant = Effect.provideServiceEffect(
  Tenancy.Current,
  Effect.map(Identifier.uuid, (id) => Tenancy.system(Tenancy.Id.make(id), "test"))
)

const event = (type: string, payload: unknown = { note: "häy" }) =>
  Effect.map(Identifier.uuid, (id) =>
    EventRecord.make({
      seq: 1,
      id,
      type,
      aggregateId: "a",
      version: 0,
      occurredAt: "2026-01-01T00:00:00.000+00:00",
      payload,
      requestId: "r"
    })
  )

const publish = (...events: ReadonlyArray<EventRecord>) =>
  Effect.gen(function* () {
    const { deliver } = yield* Hooks
    const database = yield* Database
    yield* database.transaction((yield* Ref.get(deliver))(events)).pipe(Effect.orDie)
  })

const epochOf = (endpointId: string) =>
  Effect.gen(function* () {
    const sql = yield* InfraSql
    const partition = Lanes.partitionOf(endpointId)
    const [row] = yield* sql<{ readonly epoch: number }>`
      SELECT epoch FROM lane_partitions WHERE partition = ${partition}`
    return { partition, epoch: row?.epoch ?? 0 }
  })

const turn = (endpointId: string, owner?: { readonly partition: number; readonly epoch: number }) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { kind } = yield* Hooks
      const { work } = yield* Effect.flatten(Ref.get(kind))
      const scope = yield* Effect.scope
      const { partition, epoch } = owner ?? (yield* epochOf(endpointId))
      return yield* work({ partition, epoch, key: endpointId, scope, touch: Effect.void })
    })
  )

/** Turns until nothing is due at once. */
const drain = (endpointId: string) =>
  turn(endpointId).pipe(Effect.repeat({ until: ({ _tag }) => _tag === "Idle", times: 40 }))

const takeOver = (endpointId: string) =>
  Effect.flatMap(
    InfraSql,
    (sql) => sql`
    UPDATE lane_partitions SET epoch = epoch + 1 WHERE partition = ${Lanes.partitionOf(endpointId)}`
  )

const endpointAt = (path: string, types: ReadonlyArray<string> = ["*"]) =>
  Effect.gen(function* () {
    const { origin } = yield* Receiver
    const webhooks = yield* WebhookService
    return yield* webhooks.create({ url: `${origin}${path}`, description: "", types })
  })

const deliveriesOf = (endpointId: string) =>
  Effect.flatMap(WebhookService, (webhooks) =>
    webhooks.deliveries({ after: RowCursor.top, limit: 50, endpointId })
  ).pipe(Effect.map(({ items }) => items))

const only = <A>(rows: ReadonlyArray<A>): A => {
  expect(rows).toHaveLength(1)
  return rows[0]!
}

layer(system, { timeout: "60 seconds", excludeTestServices: true })("webhooks", (it) => {
  it.effect(
    "sends an event, signed for the endpoint's secret, to each enabled endpoint that asked for it",
    () =>
      Effect.gen(function* () {
        const receiver = yield* Receiver
        const webhooks = yield* WebhookService
        const { woken } = yield* Hooks
        const all = yield* endpointAt("/all")
        const placed = yield* endpointAt("/placed", ["order.placed", "order.cancelled"])
        const off = yield* endpointAt("/off")
        yield* webhooks.setEnabled(off.id, false)
        const [first, second] = [yield* event("order.placed"), yield* event("product.created")]

        yield* publish(first, second)
        yield* publish(first)
        yield* Effect.repeat(Ref.get(woken), {
          until: (keys) => keys.includes(all.id) && keys.includes(placed.id)
        })
        yield* Effect.forEach([all.id, placed.id, off.id], drain)

        expect(receiver.received("/all")).toHaveLength(2)
        expect(new Set(receiver.received("/all").map((one) => one.headers["webhook-id"]))).toEqual(
          new Set([first.id, second.id])
        )
        const { headers, body } = only(receiver.received("/placed"))
        expect(headers["webhook-id"]).toBe(first.id)
        expect(headers["content-type"]).toBe("application/json")
        expect(new Webhook(placed.secret).verify(body, headers as Record<string, string>)).toEqual({
          type: "order.placed",
          timestamp: first.occurredAt,
          data: { note: "häy" }
        })
        expect(() => new Webhook(all.secret).verify(body, headers as Record<string, string>)).toThrow()
        expect(receiver.received("/off")).toEqual([])
        expect(only(yield* deliveriesOf(placed.id))).toMatchObject({
          messageId: first.id,
          status: "delivered",
          attempts: 1,
          lastStatusCode: 204,
          nextAttemptAt: null
        })
      }).pipe(asTenant)
  )

  it.effect(
    "tries three times more under the same id, then the delivery is dead with all attempts on record",
    () =>
      Effect.gen(function* () {
        const receiver = yield* Receiver
        const webhooks = yield* WebhookService
        receiver.answer("/broken", (response) => response.writeHead(500).end(`no\0pe${"😀".repeat(2_000)}`))
        const endpoint = yield* endpointAt("/broken")
        const fact = yield* event("order.placed")

        yield* publish(fact)
        yield* drain(endpoint.id)

        const attempts = receiver.received("/broken")
        expect(attempts.map(({ headers }) => headers["webhook-id"])).toEqual(
          Array.from({ length: 4 }, () => fact.id)
        )
        const delivery = only(yield* deliveriesOf(endpoint.id))
        expect(delivery).toMatchObject({
          status: "dead",
          attempts: 4,
          lastStatusCode: 500,
          nextAttemptAt: null
        })
        const log = yield* webhooks.attempts(delivery.id)
        expect(log.map(({ attempt, statusCode }) => [attempt, statusCode])).toEqual(
          [1, 2, 3, 4].map((n) => [n, 500])
        )
        expect(log[0]).toMatchObject({ requestBody: attempts[0]?.body, error: null })
        expect(log[0]?.responseBody).toHaveLength(2_000)
        expect(log[0]?.responseBody.startsWith("nope😀")).toBe(true)
      }).pipe(asTenant)
  )

  it.effect("sends a dead delivery again under its id when it is replayed", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const webhooks = yield* WebhookService
      receiver.answer("/mended", (response) => response.writeHead(503).end())
      const endpoint = yield* endpointAt("/mended")
      const fact = yield* event("order.placed")
      yield* publish(fact)
      yield* drain(endpoint.id)
      const dead = only(yield* deliveriesOf(endpoint.id))
      receiver.answer("/mended", (response) => response.writeHead(200).end())

      const replayed = yield* webhooks.replay(dead.id)
      yield* drain(endpoint.id)

      expect(dead.status).toBe("dead")
      expect(replayed).toMatchObject({ id: dead.id, status: "pending", attempts: 0, messageId: fact.id })
      expect(only(yield* deliveriesOf(endpoint.id))).toMatchObject({ status: "delivered", attempts: 1 })
      expect(new Set(receiver.received("/mended").map(({ headers }) => headers["webhook-id"]))).toEqual(
        new Set([fact.id])
      )
      expect(yield* webhooks.attempts(dead.id)).toHaveLength(5)
    }).pipe(asTenant)
  )

  it.effect("disables an endpoint that answers 410, and sends what waited once it is enabled again", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const webhooks = yield* WebhookService
      receiver.answer("/gone", (response) => response.writeHead(410).end())
      const endpoint = yield* endpointAt("/gone")
      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)
      const paused = yield* webhooks.byId(endpoint.id)
      expect(paused).toMatchObject({ enabled: false, disabledReason: "Answered 410 Gone" })
      expect(only(yield* deliveriesOf(endpoint.id)).status).toBe("dead")

      const test = yield* webhooks.sendTest(endpoint.id)
      const dead = yield* Effect.map(deliveriesOf(endpoint.id), (rows) =>
        rows.find(({ status }) => status === "dead")
      )
      const waiting = yield* webhooks.replay(dead?.id ?? "")
      yield* drain(endpoint.id)
      expect(waiting.nextAttemptAt).toBeNull()
      expect(receiver.received("/gone")).toHaveLength(1)

      receiver.answer("/gone", (response) => response.writeHead(200).end())
      yield* webhooks.setEnabled(endpoint.id, true)
      yield* drain(endpoint.id)

      expect((yield* deliveriesOf(endpoint.id)).map(({ status }) => status)).toEqual([
        "delivered",
        "delivered"
      ])
      expect(receiver.received("/gone").map(({ headers }) => headers["webhook-id"])).toContain(test.messageId)
      expect(yield* webhooks.byId(endpoint.id)).toMatchObject({ enabled: true, disabledReason: null })
    }).pipe(asTenant)
  )

  it.effect("takes the times off deliveries that wait for their retry when the endpoint is disabled", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const endpoint = yield* endpointAt("/closing")
      receiver.answer("/closing", (response) => response.writeHead(503, { "retry-after": "600" }).end())
      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)
      const waiting = only(yield* deliveriesOf(endpoint.id))
      receiver.answer("/closing", (response) => response.writeHead(410).end())

      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)

      expect(waiting.nextAttemptAt).not.toBeNull()
      expect(yield* deliveriesOf(endpoint.id)).toMatchObject([
        { status: "dead", nextAttemptAt: null },
        { id: waiting.id, status: "pending", nextAttemptAt: null }
      ])
    }).pipe(asTenant)
  )

  it.effect("counts attempts by their outcome", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const counts = Effect.map(Metric.snapshot, (pairs) =>
        Object.fromEntries(
          pairs
            .filter(({ metricKey }) => metricKey.name === "webhook_deliveries_total")
            .map(({ metricKey, metricState }) => [
              metricKey.tags.map(({ value }) => value).join(),
              (metricState as unknown as { readonly count: number }).count
            ])
        )
      )
      const before = yield* counts
      const answers = [500, 200]
      receiver.answer("/counted", (response) => response.writeHead(answers.shift() ?? 410).end())
      const endpoint = yield* endpointAt("/counted")

      yield* publish(yield* event("order.placed"))
      yield* drain(endpoint.id)
      yield* publish(yield* event("order.placed"))
      yield* drain(endpoint.id)

      const after = yield* counts
      expect(
        ["delivered", "retry", "dead"].map((outcome) => (after[outcome] ?? 0) - (before[outcome] ?? 0))
      ).toEqual([1, 1, 1])
    }).pipe(asTenant)
  )

  it.effect("disables an endpoint that has failed for five days, but not one that answered in between", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const webhooks = yield* WebhookService
      const sql = yield* InfraSql
      receiver.answer("/week", (response) => response.writeHead(500).end())
      const endpoint = yield* endpointAt("/week")
      const age = sql`UPDATE webhook_endpoints SET failing_since = failing_since - interval '121 hours'
        WHERE id = ${endpoint.id}`
      const failingSince = Effect.map(
        sql<{ readonly failingSince: string | null }>`
          SELECT failing_since FROM webhook_endpoints WHERE id = ${endpoint.id}`,
        ([row]) => row?.failingSince
      )

      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)
      expect(yield* failingSince).not.toBeNull()
      receiver.answer("/week", (response) => response.writeHead(200).end())
      yield* turn(endpoint.id)
      expect(yield* failingSince).toBeNull()

      receiver.answer("/week", (response) => response.writeHead(500).end())
      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)
      yield* age
      yield* turn(endpoint.id)

      expect(yield* webhooks.byId(endpoint.id)).toMatchObject({
        enabled: false,
        disabledReason: "Failed for 5 days"
      })
      expect((yield* deliveriesOf(endpoint.id))[0]).toMatchObject({ status: "pending", nextAttemptAt: null })
    }).pipe(asTenant)
  )

  it.effect("obeys Retry-After", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      receiver.answer("/busy", (response) => response.writeHead(429, { "retry-after": "7" }).end())
      const endpoint = yield* endpointAt("/busy")
      yield* publish(yield* event("order.placed"))
      yield* turn(endpoint.id)

      const rest = yield* turn(endpoint.id)

      expect(rest).toMatchObject({ _tag: "DueIn" })
      expect(rest._tag === "DueIn" ? rest.millis : 0).toBeGreaterThan(5_000)
      expect(rest._tag === "DueIn" ? rest.millis : 0).toBeLessThanOrEqual(7_000)
      expect(receiver.received("/busy")).toHaveLength(1)
    }).pipe(asTenant)
  )

  it.effect("counts silence, a redirect and a refused address as failures", () =>
    Effect.gen(function* () {
      const receiver = yield* Receiver
      const webhooks = yield* WebhookService
      const sql = yield* InfraSql
      receiver.answer("/silent", () => undefined)
      receiver.answer("/moved", (response) =>
        response.writeHead(301, { location: `${receiver.origin}/in` }).end()
      )
      const silent = yield* endpointAt("/silent")
      const moved = yield* endpointAt("/moved")
      const inside = yield* endpointAt("/inside")
      yield* sql`UPDATE webhook_endpoints SET url = 'http://127.0.0.1:1/' WHERE id = ${inside.id}`
      yield* publish(yield* event("order.placed"))

      const outcomes = yield* Effect.forEach([silent, moved, inside], ({ id }) =>
        Effect.gen(function* () {
          yield* turn(id)
          const delivery = only(yield* deliveriesOf(id))
          const [attempt] = yield* webhooks.attempts(delivery.id)
          return [delivery.status, attempt?.statusCode, attempt?.error]
        })
      )

      expect(outcomes).toEqual([
        ["pending", null, "timeout: No answer in time"],
        ["pending", 301, "Redirects are not followed"],
        ["pending", null, "refused-address: 127.0.0.1 is not a public address"]
      ])
      expect(receiver.received("/in")).toEqual([])
    }).pipe(asTenant)
  )

  it.effect(
    "an owner that lost its partition while it was sending writes nothing; the next one sends again",
    () =>
      Effect.gen(function* () {
        const receiver = yield* Receiver
        const webhooks = yield* WebhookService
        const endpoint = yield* endpointAt("/stolen")
        yield* publish(yield* event("order.placed"))
        const old = yield* epochOf(endpoint.id)
        const context = yield* Effect.context<InfraSql>()
        receiver.answer("/stolen", (response) => {
          Effect.runPromise(Effect.provide(takeOver(endpoint.id), context)).then(() =>
            response.writeHead(500).end()
          )
        })

        yield* turn(endpoint.id, old)
        const untouched = only(yield* deliveriesOf(endpoint.id))
        expect(untouched).toMatchObject({ status: "pending", attempts: 0, lastStatusCode: null })
        expect(yield* webhooks.attempts(untouched.id)).toEqual([])
        yield* turn(endpoint.id, old)
        expect(receiver.received("/stolen")).toHaveLength(1)

        receiver.answer("/stolen", (response) => response.writeHead(200).end())
        yield* drain(endpoint.id)

        const sent = receiver.received("/stolen")
        expect(sent).toHaveLength(2)
        expect(sent[1]?.headers["webhook-id"]).toBe(sent[0]?.headers["webhook-id"])
        expect(only(yield* deliveriesOf(endpoint.id))).toMatchObject({ status: "delivered", attempts: 1 })
      }).pipe(asTenant)
  )

  it.effect("finds the endpoints with due deliveries, and no others", () =>
    Effect.gen(function* () {
      const { kind } = yield* Hooks
      const sql = yield* InfraSql
      const { due: query } = yield* Effect.flatten(Ref.get(kind))
      const due = (partitions: ReadonlyArray<number>) =>
        Effect.flatMap(
          query(partitions),
          (rows) => sql<{ readonly partition: number; readonly key: string }>`${rows}`
        )
      const endpoint = yield* endpointAt("/swept")
      const partition = Lanes.partitionOf(endpoint.id)
      const isDue = Effect.map(due([partition]), (lanes) =>
        lanes.some((lane) => lane.key === endpoint.id && lane.partition === partition)
      )

      const before = yield* isDue
      yield* publish(yield* event("order.placed"))
      const waiting = yield* isDue
      const elsewhere = yield* due([(partition + 1) % 64])
      yield* drain(endpoint.id)

      expect([before, waiting, yield* isDue]).toEqual([false, true, false])
      expect(elsewhere.map(({ key }) => key)).not.toContain(endpoint.id)
      expect(yield* due([])).toEqual([])
    }).pipe(asTenant)
  )

  it.effect("shows the secret once and refuses addresses that are not for webhooks", () =>
    Effect.gen(function* () {
      const webhooks = yield* WebhookService
      const endpoint = yield* endpointAt("/secret")
      const create = (url: string) => Effect.flip(webhooks.create({ url, description: "", types: ["*"] }))

      expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
      expect(yield* webhooks.list).toEqual([yield* webhooks.byId(endpoint.id)])
      expect(JSON.stringify(yield* webhooks.list)).not.toContain("whsec_")
      expect(yield* create("http://example.com/")).toMatchObject({ reason: "scheme" })
      expect(yield* create("https://169.254.169.254/")).toMatchObject({ reason: "address" })
      expect(yield* create("https://[::ffff:10.0.0.1]/")).toMatchObject({ reason: "address" })
    }).pipe(asTenant)
  )

  it.effect("knows nothing of another tenant's endpoints and deliveries", () =>
    Effect.gen(function* () {
      const webhooks = yield* WebhookService
      const { endpoint, delivery } = yield* Effect.gen(function* () {
        const theirs = yield* endpointAt("/theirs")
        return { endpoint: theirs, delivery: yield* webhooks.sendTest(theirs.id) }
      }).pipe(asTenant)

      const refusals = yield* Effect.all([
        Effect.flip(webhooks.byId(endpoint.id)),
        Effect.flip(webhooks.setEnabled(endpoint.id, false)),
        Effect.flip(webhooks.remove(endpoint.id)),
        Effect.flip(webhooks.sendTest(endpoint.id)),
        Effect.flip(webhooks.attempts(delivery.id)),
        Effect.flip(webhooks.replay(delivery.id))
      ])
      yield* publish(yield* event("order.placed"))

      expect(new Set(refusals.map(({ _tag }) => _tag))).toEqual(new Set(["WebhookService.NotFound"]))
      expect(yield* webhooks.list).toEqual([])
      expect(yield* deliveriesOf(endpoint.id)).toEqual([])
      expect(yield* drain(endpoint.id)).toMatchObject({ _tag: "Idle" })
      const { received } = yield* Receiver
      expect(received("/theirs").map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"])
    }).pipe(asTenant)
  )

  it.effect("lists deliveries newest first, page by page, of one status where asked", () =>
    Effect.gen(function* () {
      const webhooks = yield* WebhookService
      const endpoint = yield* endpointAt("/pages")
      const sent = yield* Effect.replicateEffect(webhooks.sendTest(endpoint.id), 5)
      const page = (after: RowCursor.Key) =>
        Effect.map(webhooks.deliveries({ after, limit: 2 }), ({ items, nextCursor }) => ({
          ids: items.map(({ id }) => id),
          nextCursor
        }))
      const decode = (cursor: string | null) => Schema.decodeSync(RowCursor.Cursor)(cursor ?? "")

      const first = yield* page(RowCursor.top)
      const second = yield* page(decode(first.nextCursor))
      const third = yield* page(decode(second.nextCursor))

      expect([first.ids, second.ids, third.ids].flat()).toEqual(sent.map(({ id }) => id).reverse())
      expect(third.nextCursor).toBeNull()
      const dead = yield* webhooks.deliveries({ after: RowCursor.top, limit: 50, status: "dead" })
      expect(dead).toEqual({ items: [], nextCursor: null })
    }).pipe(asTenant)
  )

  it.effect("removes an endpoint with its deliveries, and what was under way is dropped quietly", () =>
    Effect.gen(function* () {
      const webhooks = yield* WebhookService
      const endpoint = yield* endpointAt("/removed")
      const delivery = yield* webhooks.sendTest(endpoint.id)

      yield* webhooks.remove(endpoint.id)

      expect(yield* drain(endpoint.id)).toMatchObject({ _tag: "Idle" })
      expect((yield* Effect.flip(webhooks.attempts(delivery.id)))._tag).toBe("WebhookService.NotFound")
      expect((yield* Effect.flip(webhooks.remove(endpoint.id)))._tag).toBe("WebhookService.NotFound")
    }).pipe(asTenant)
  )
})
