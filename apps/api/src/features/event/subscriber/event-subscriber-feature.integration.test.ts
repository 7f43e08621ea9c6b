import { HttpApi, HttpClient, HttpClientRequest, HttpLayerRouter } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { expect, layer } from "@effect/vitest"
import { Identifier } from "@tessera/infra/context/identifier"
import { EventBus } from "@tessera/infra/events/event-bus"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestCluster } from "@tessera/infra/testing/test-cluster"
import { EventDeadLetterHttp } from "@tessera/shared/event/event-dead-letter-http"
import { EventSubscriberHttp } from "@tessera/shared/event/event-subscriber-http"
import { ProductEvent } from "@tessera/shared/product/product-event"
import { Effect, Layer } from "effect"
import { TestAccess } from "../../../testing/test-access.ts"
import { EventSubscriberFeature } from "./event-subscriber-feature.ts"

/** The contract's two groups alone, under the contract's name. */
class Api extends HttpApi.make("tessera").add(EventSubscriberHttp).add(EventDeadLetterHttp) {}

/** Cannot handle anything of these tenants. */
const offended = new Set<string>()

const subscriber = Layer.effectDiscard(
  Effect.flatMap(EventBus, (bus) =>
    bus.on(
      "shelf",
      () =>
        Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
          Effect.when(Effect.fail("no room" as const), () => offended.has(tenantId))
        ),
      { retry: { attempts: 2, firstMillis: 10, mostMillis: 10 } }
    )
  )
)

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(Api).pipe(
    Layer.provide(EventSubscriberFeature),
    Layer.provide(TestAccess.layer)
  ),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(subscriber),
  Layer.provideMerge(TestCluster.layer)
)

const call = (as: string, method: "GET" | "POST", path: string, body: unknown = undefined) =>
  Effect.gen(function* () {
    const response = yield* HttpClientRequest.make(method)(`/v1/${path}`).pipe(
      HttpClientRequest.bearerToken(as),
      (request) => (body === undefined ? request : HttpClientRequest.bodyUnsafeJson(request, body)),
      HttpClient.execute
    )
    const text = yield* response.text
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) }
  }).pipe(Effect.orDie)

const tenant = Effect.map(Identifier.uuid, Tenancy.Id.make)

const restocked = (tenantId: Tenancy.Id, count: number) =>
  Effect.gen(function* () {
    const bus = yield* EventBus
    const sku = ProductEvent.Created.schema.fields.sku.make("A-1")
    const productId = ProductEvent.Created.schema.fields.productId.make(yield* Identifier.uuid)
    yield* bus.emit(
      Array.from({ length: count }, () =>
        EventBus.emission(
          ProductEvent.Restocked,
          ProductEvent.Restocked.make({ productId, sku, quantity: 1 }),
          { aggregateId: productId, version: 0 }
        )
      )
    )
  }).pipe(Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, "test")))

const until = <A, E, R>(effect: Effect.Effect<A, E, R>, done: (value: A) => boolean) =>
  effect.pipe(Effect.delay("20 millis"), Effect.repeat({ until: done }), Effect.timeout("20 seconds"))

const given = (tenantId: Tenancy.Id, count: number) =>
  Effect.gen(function* () {
    offended.add(tenantId)
    yield* restocked(tenantId, count)
    const { body } = yield* until(
      call(`${tenantId}/viewer`, "GET", "event-dead-letters"),
      (answer) => answer.body.items.length === count
    )
    return body.items
  })

layer(server, { timeout: "60 seconds", excludeTestServices: true })("subscribers over HTTP", (it) => {
  it.effect("show where they stand, are paused, resumed and replayed", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const as = `${tenantId}/operator`
      const list = call(as, "GET", "event-subscribers")
      yield* restocked(tenantId, 3)
      const stand = yield* until(list, ({ body }) => body[0].cursor === 3)

      const paused = yield* call(as, "POST", "event-subscribers/pause", { subscriber: "shelf" })
      yield* restocked(tenantId, 1)
      const behind = yield* until(list, ({ body }) => body[0].head === 4)
      yield* call(as, "POST", "event-subscribers/resume", { subscriber: "shelf" })
      yield* until(list, ({ body }) => body[0].cursor === 4)
      const started = yield* call(as, "POST", "event-subscribers/replay", {
        ...{ subscriber: "shelf", from: { since: "2020-01-01T00:00:00Z" } },
        ...{ types: ["product.restocked"], perSecond: 100 }
      })
      const done = yield* until(list, ({ body }) => body[0].replay?.status === "done")

      expect(stand.body).toMatchObject([
        { name: "shelf", cursor: 3, head: 3, lag: 0, failures: 0, paused: false, replay: null }
      ])
      expect(paused).toMatchObject({ status: 200, body: { paused: true } })
      expect(behind.body).toMatchObject([{ cursor: 3, lag: 1, paused: true }])
      expect(started).toMatchObject({
        status: 202,
        body: { status: "running", after: 0, until: 4, handled: 0 }
      })
      expect(done.body).toMatchObject([{ replay: { position: 4, handled: 4 } }])
    })
  )

  it.effect("refuse what cannot be done, with a reason", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const as = `${tenantId}/operator`
      yield* restocked(tenantId, 3)
      const replay = (body: object) =>
        call(as, "POST", "event-subscribers/replay", { subscriber: "shelf", from: { after: 0 }, ...body })
      yield* until(call(as, "GET", "event-subscribers"), ({ body }) => body[0].cursor === 3)
      yield* replay({ perSecond: 1 })

      const answers = yield* Effect.all([
        replay({}),
        replay({ types: ["order.painted"] }),
        replay({ subscriber: "nobody" }),
        call(as, "POST", "event-dead-letters/replay", { subscriber: "nobody" }),
        replay({ perSecond: 0 }),
        replay({ from: {} }),
        call(as, "POST", "event-subscribers/stop-replay", { subscriber: "shelf" }),
        call(as, "POST", "event-subscribers/stop-replay", { subscriber: "shelf" }),
        call(as, "GET", "event-dead-letters?cursor=nonsense")
      ])

      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [409, "EventSubscriber.ReplayRunning"],
        [422, "Event.UnknownType"],
        [404, "EventSubscriber.NotFound"],
        [404, "EventSubscriber.NotFound"],
        [400, undefined],
        [400, undefined],
        [200, undefined],
        [409, "EventSubscriber.NoReplay"],
        [400, undefined]
      ])
    })
  )

  it.effect("leave dead letters, page by page, to be sent round again or dropped", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const as = `${tenantId}/operator`
      const [newest, oldest] = yield* given(tenantId, 2)

      const page = yield* call(as, "GET", "event-dead-letters?limit=1")
      const next = yield* call(as, "GET", `event-dead-letters?limit=1&cursor=${page.body.nextCursor}`)
      const dropped = yield* call(as, "POST", `event-dead-letters/${newest.id}/drop`)
      offended.delete(tenantId)
      const queued = yield* call(as, "POST", `event-dead-letters/${oldest.id}/replay`)
      yield* until(call(as, "GET", "event-dead-letters"), ({ body }) => body.items.length === 0)
      const gone = yield* call(as, "POST", `event-dead-letters/${oldest.id}/replay`)

      expect(newest).toMatchObject({ subscriber: "shelf", status: "dead", attempts: 2, seq: 2 })
      expect(newest.errors[0].error).toContain("no room")
      expect([page.body.items[0].id, next.body.items[0].id]).toEqual([newest.id, oldest.id])
      expect(dropped.status).toBe(204)
      expect(queued).toMatchObject({ status: 202, body: { id: oldest.id, status: "queued" } })
      expect(gone).toMatchObject({ status: 404, body: { code: "EventDeadLetter.NotFound" } })
    })
  )

  it.effect("are seen by all, and touched by who operates", () =>
    Effect.gen(function* () {
      const tenantId = yield* tenant
      const [letter] = yield* given(tenantId, 1)
      const place = { subscriber: "shelf" }
      const tried = (role: string) =>
        Effect.forEach(
          [
            ["GET", "event-subscribers"],
            ["GET", "event-dead-letters"],
            ["POST", "event-subscribers/pause", place],
            ["POST", "event-subscribers/resume", place],
            ["POST", "event-subscribers/replay", { ...place, from: { after: 0 } }],
            ["POST", "event-subscribers/stop-replay", place],
            ["POST", "event-dead-letters/replay", place],
            ["POST", `event-dead-letters/${letter.id}/replay`],
            ["POST", `event-dead-letters/${letter.id}/drop`]
          ] as const,
          ([method, path, body]) =>
            Effect.map(call(`${tenantId}/${role}`, method, path, body), (it) => it.status)
        )

      expect(yield* tried("viewer")).toEqual([200, 200, 403, 403, 403, 403, 403, 403, 403])
      expect((yield* tried("operator")).filter((status) => status === 403)).toEqual([])
    })
  )

  it.effect("answer 404 for another tenant's dead letters, and show none of them", () =>
    Effect.gen(function* () {
      const [letter] = yield* given(yield* tenant, 1)
      const as = `${yield* tenant}/owner`

      const answers = yield* Effect.all([
        call(as, "POST", `event-dead-letters/${letter.id}/replay`),
        call(as, "POST", `event-dead-letters/${letter.id}/drop`)
      ])

      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
        answers.map(() => [404, "EventDeadLetter.NotFound"])
      )
      expect((yield* call(as, "GET", "event-dead-letters")).body.items).toEqual([])
      expect((yield* call(as, "GET", "event-subscribers")).body).toMatchObject([{ deadLetters: 0 }])
    })
  )
})
