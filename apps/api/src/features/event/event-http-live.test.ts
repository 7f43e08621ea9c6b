import { HttpApi, HttpApiBuilder, HttpServer } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { EventRecord } from "@tessera/infra/events/event-record"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { EventHttp } from "@tessera/shared/event/event-http"
import { Effect, Layer, Option, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
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
    emit: () => Effect.void,
    on: () => Effect.void,
    log: () => Effect.succeed({ items: [placed], head: 42 }),
    watch: (after) =>
      Stream.make({
        head: 42,
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
          Layer.provide(Events.layer),
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

  it.effect("reads the log as JSON with its head", () =>
    Effect.gen(function* () {
      const { status, text } = yield* request("/v1/event-log?after=0&limit=10")

      expect(status).toBe(200)
      expect(JSON.parse(text)).toMatchObject({ head: 42, items: [{ seq: 42, type: "product.created" }] })
    })
  )
})
