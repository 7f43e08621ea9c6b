import { HttpApi, HttpLayerRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { expect, layer } from "@effect/vitest"
import { EventBus } from "@tessera/infra/events/event-bus"
import { OpenStreams } from "@tessera/infra/realtime/open-streams"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { EventHttp } from "@tessera/shared/event/event-http"
import { Effect, Layer, Redacted, Schedule, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
import { EventCatalogues } from "./event-catalogues.ts"
import { EventHttpLive } from "./event-http-live.ts"
import { Events } from "./events.ts"

const tenantId = Tenancy.Id.make("01890000-0000-7000-8000-000000000001")
const as = (actorId: string) => Tenancy.Actor.make({ ...Tenancy.system(tenantId, "test"), actorId })

/** Nothing happens, so that no stream ends. */
const bus = Layer.succeed(
  EventBus,
  EventBus.of({
    emit: EventBus.emitting(() => Effect.succeed([])),
    on: () => Effect.void,
    log: () => Effect.succeed({ items: [], head: 0, last: 0 }),
    newest: Effect.succeed([]),
    watch: () => Stream.never
  })
)
const access = Layer.succeed(Access.Http, {
  apiKey: (key) => Effect.succeed(as(Redacted.value(key))),
  session: () => Effect.succeed(as("nobody"))
})
const authenticator = Layer.succeed(Authenticator, {
  byApiKey: () => Effect.succeed(as("nobody")),
  bySession: () => Effect.succeed(as("nobody")),
  byHeaders: () => Effect.succeed(as("nobody"))
})

const server = HttpLayerRouter.serve(
  HttpLayerRouter.addHttpApi(HttpApi.make("tessera").add(EventHttp)).pipe(
    Layer.provide(EventHttpLive),
    Layer.provide(EventCatalogues.layer),
    Layer.provide(Events.layer),
    Layer.provide(OpenStreams.layer),
    Layer.provide([bus, access, authenticator])
  ),
  { disableLogger: true, disableListenLog: true }
).pipe(Layer.provideMerge(NodeHttpServer.layerTest))

layer(server, { excludeTestServices: true })("the streams of one user", (it) => {
  it.scoped("are twenty on a replica; one more is refused, until one has ended", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const url = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}/v1/events`
      const leaving = yield* Effect.acquireRelease(
        Effect.sync(() => new AbortController()),
        (controller) => Effect.sync(() => controller.abort())
      )
      const staying = yield* Effect.acquireRelease(
        Effect.sync(() => new AbortController()),
        (controller) => Effect.sync(() => controller.abort())
      )
      const ask = (key: string, { signal }: AbortController = staying) =>
        Effect.promise(() => fetch(url, { headers: { authorization: `Bearer ${key}` }, signal }))

      const first = yield* ask("ada", leaving)
      const others = yield* Effect.all(Array.from({ length: 19 }, () => ask("ada")))
      const refused = yield* ask("ada")
      const body = yield* Effect.promise(() => refused.json())
      const bob = yield* ask("bob")
      leaving.abort()
      const again = yield* Effect.repeat(ask("ada"), {
        until: ({ status }) => status === 200,
        schedule: Schedule.spaced("50 millis")
      }).pipe(Effect.zipRight(ask("ada")))

      expect([first, ...others, bob].map(({ status }) => status)).toEqual(Array(21).fill(200))
      expect(refused.status).toBe(429)
      expect(refused.headers.get("retry-after")).toBe("5")
      expect(body).toMatchObject({ code: "Event.TooManyStreams", most: 20, retryAfterSeconds: 5 })
      // The place that was free is taken again.
      expect(again.status).toBe(429)
    })
  )
})
