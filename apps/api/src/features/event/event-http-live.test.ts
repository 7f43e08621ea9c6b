import { HttpApi, HttpApiBuilder, HttpServer } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventRecord } from "@tessera/infra/events/event-record"
import { OpenStreams } from "@tessera/infra/realtime/open-streams"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Event } from "@tessera/shared/event/event"
import { EventHttp } from "@tessera/shared/event/event-http"
import { Effect, Layer, Option, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
import { EventCatalogues } from "./event-catalogues.ts"
import { EventHttpLive } from "./event-http-live.ts"
import { Events } from "./events.ts"

const id = "01890000-0000-7000-8000-000000000001"
const actor = Tenancy.system(Tenancy.Id.make(id), "test")
const placed = EventRecord.make({
  seq: 42,
  id,
  type: "product.created",
  aggregateId: id,
  version: 0,
  occurredAt: "2026-01-01T00:00:00.000Z",
  payload: { _tag: "product.created", productId: id, sku: "A-1" },
  requestId: "r"
})

/** Answers one event whose aggregate tells from where it was watched. */
const bus = Layer.succeed(
  EventBus,
  EventBus.of({
    emit: EventBus.emitting(() => Effect.succeed([])),
    on: () => Effect.void,
    log: () => Effect.succeed({ items: [placed], head: 42, last: 42 }),
    newest: Effect.succeed([placed]),
    watch: (after) =>
      Stream.make({
        head: 42,
        position: 42,
        events: [
          EventRecord.make({ ...placed, aggregateId: `after ${Option.getOrElse(after, () => "nothing")}` })
        ]
      })
  })
)
const access = Layer.succeed(Access.Http, {
  apiKey: () => Effect.succeed(actor),
  session: () => Effect.succeed(actor)
})

const authenticator = Layer.succeed(Authenticator, {
  byApiKey: () => Effect.succeed(actor),
  bySession: () => Effect.succeed(actor),
  byHeaders: () => Effect.succeed(actor)
})

const request = (path: string, headers: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const { handler, dispose } = HttpApiBuilder.toWebHandler(
      Layer.mergeAll(
        HttpApiBuilder.api(HttpApi.make("tessera").add(EventHttp)).pipe(
          Layer.provide(EventHttpLive),
          Layer.provide(EventCatalogues.layer),
          Layer.provide(Events.layer),
          Layer.provide(OpenStreams.layer),
          Layer.provide(bus),
          Layer.provide(access),
          Layer.provide(authenticator)
        ),
        HttpServer.layerContext
      )
    )
    const response = await handler(new Request(`http://localhost${path}`, { headers }))
    const text = await response.text()
    await dispose()
    return { status: response.status, type: response.headers.get("content-type"), text }
  })

describe("EventHttpLive", () => {
  it.effect("streams Server-Sent Events whose id is the sequence number", () =>
    Effect.gen(function* () {
      const { status, text, type } = yield* request("/v1/events")

      expect([status, type]).toEqual([200, "text/event-stream"])
      expect(text).toContain("id: 42\nevent: product.created\ndata: {")
      expect(text).toContain('"aggregateId":"after nothing"')
    })
  )

  it.effect("resumes after the header of a browser that comes back, which wins over the URL", () =>
    Effect.gen(function* () {
      const byUrl = yield* request("/v1/events?after=5")
      const byHeader = yield* request("/v1/events?after=5", { "last-event-id": "17" })

      expect(byUrl.text).toContain("after 5")
      expect(byHeader.text).toContain("after 17")
    })
  )

  it.effect("refuses a position that is no sequence number, and a page of more than 1,000", () =>
    Effect.gen(function* () {
      const position = yield* request("/v1/events?after=-1")
      const page = yield* request("/v1/event-log?limit=1001")

      expect([position.status, page.status]).toEqual([400, 400])
    })
  )

  it.effect("leaves out other types, and moves the resume number on over them", () =>
    Effect.gen(function* () {
      const none = yield* request("/v1/events?types=order.placed")
      const some = yield* request("/v1/events?types=order.placed,product.created")

      expect(none.text).not.toContain("event: product.created")
      expect(none.text).toContain('id: 42\nevent: position\ndata: {"seq":42}\n\n')
      expect(some.text).toContain("event: product.created")
      expect(some.text).not.toContain("event: position")
    })
  )

  it.effect("refuses a type that does not exist before the stream begins", () =>
    Effect.gen(function* () {
      const stream = yield* request("/v1/events?types=order.placed,order.painted")
      const log = yield* request("/v1/event-log?types=order.painted")

      expect([stream.status, log.status]).toEqual([422, 422])
      expect(JSON.parse(stream.text)).toMatchObject({ code: "Event.UnknownType", eventType: "order.painted" })
    })
  )

  it.effect("describes every type of event, with its version, its schema and the newest one", () =>
    Effect.gen(function* () {
      const { status, text } = yield* request("/v1/event-catalogue")
      const entries: ReadonlyArray<{ readonly type: string }> = JSON.parse(text)
      const entry = (type: string) => entries.find((one) => one.type === type)

      expect(status).toBe(200)
      expect(entries.map(({ type }) => type)).toEqual(Event.types)
      expect(entry("product.created")).toMatchObject({ schemaVersion: 1, newest: { seq: 42 } })
      expect(entry("order.cancelled")).toMatchObject({
        schemaVersion: 2,
        newest: null,
        description: expect.stringContaining("undone"),
        schema: { type: "object", properties: { cause: { enum: expect.arrayContaining(["payment"]) } } }
      })
    })
  )

  it.effect("reads the log as JSON with its head", () =>
    Effect.gen(function* () {
      const { status, text } = yield* request("/v1/event-log?after=0&limit=10")

      expect(status).toBe(200)
      expect(JSON.parse(text)).toMatchObject({ head: 42, items: [{ seq: 42, type: "product.created" }] })
    })
  )
})
