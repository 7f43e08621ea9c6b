import { HttpClient, HttpLayerRouter, HttpServer, Socket } from "@effect/platform"
import { NodeHttpServer, NodeSocket } from "@effect/platform-node"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { expect, it } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Live } from "@tessera/shared/live"
import { Session } from "@tessera/shared/session/session"
import { Deferred, Effect, Fiber, Layer, Option, Stream, TestClock } from "effect"
import { AccessRpcLive } from "../access/access-rpc-live.ts"
import { AccessSettings } from "../access/access-settings.ts"
import { Authenticator } from "../access/authenticator.ts"
import { Credentials } from "../access/credentials.ts"
import { EdgeMiddleware } from "./edge-middleware.ts"
import { LiveRoutes } from "./live-routes.ts"

const tenantId = Tenancy.Id.make("0190aaaa-0000-7000-8000-000000000001")
const cookie = `${Session.cookie}=good`
const key = "tsk_0123456789abcdef"

let hasLeft = false

/** Who is asked is all that is replaced: one session and one key of one tenant. */
const credentials = Layer.succeed(
  Credentials,
  Credentials.of({
    session: (token) =>
      Effect.sync(() =>
        Option.map(
          Option.liftPredicate(token, (text) => text === "good" || (text === "leaving" && !hasLeft)),
          () => ({
            tenantId,
            actorId: "ada",
            role: "owner" as const
          })
        )
      ),
    apiKey: (secret) =>
      Effect.succeed(
        Option.map(
          Option.liftPredicate(secret, (text) => text === key),
          () => ({
            tenantId,
            actorId: "robot",
            role: "viewer" as const
          })
        )
      ),
    forget: () => Effect.void
  })
)

const handlers = Live.toLayer({
  "event.watch": () =>
    Stream.fromEffect(
      Effect.map(Tenancy.Current, ({ actorId }) => ({
        head: actorId === "ada" ? 1 : 2,
        events: []
      }))
    ),
  "dashboard.watch": () => Stream.die(new Error("password of the database is hunter2")),
  "cluster.watch": () => Stream.empty,
  "cluster.self": () => Effect.succeed({ replica: "replica-1" })
})

const server = HttpLayerRouter.serve(
  Layer.mergeAll(LiveRoutes, EdgeMiddleware.layer).pipe(
    Layer.provide(handlers),
    Layer.provide(AccessRpcLive),
    Layer.provide(Authenticator.layer),
    Layer.provide(credentials)
  ),
  { disableLogger: true, disableListenLog: true }
).pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provide(
    Layer.succeed(AccessSettings, { demo: false, dataDir: "", publicUrl: new URL("https://shop.example") })
  )
)

const serializations = {
  "/rpc": RpcSerialization.layerMsgPack,
  "/rpc/json": RpcSerialization.layerJson
} as const

const openSocket = (path: string, headers: Record<string, string>) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const port = address._tag === "TcpAddress" ? address.port : 0
    // Both implementations of Node take options, with headers, in the place of protocols.
    const options = { headers } as unknown as string
    return yield* Socket.makeWebSocket(`ws://127.0.0.1:${port}${path}`, { protocols: options })
  }).pipe(Effect.provide(NodeSocket.layerWebSocketConstructor))

const connect = (path: keyof typeof serializations, headers: Record<string, string>) =>
  Effect.gen(function* () {
    const protocol = RpcClient.layerProtocolSocket().pipe(
      Layer.provide(Layer.effect(Socket.Socket, openSocket(path, headers))),
      Layer.provide(serializations[path])
    )
    return yield* Effect.provide(RpcClient.make(Live), yield* Layer.build(protocol))
  })

const watch = (path: keyof typeof serializations, headers: Record<string, string>) =>
  Effect.flatMap(connect(path, headers), (client) => Stream.runCollect(client.event.watch({}))).pipe(
    Effect.map((batches) => [...batches].map(({ head }) => head))
  )

it.layer(server)("LiveRoutes", (it) => {
  it.scoped.each(["/rpc", "/rpc/json"] as const)("authenticates a message of %s by cookie or key", (path) =>
    Effect.gen(function* () {
      const person = yield* watch(path, { cookie, origin: "https://shop.example" })
      const robot = yield* watch(path, { authorization: `Bearer ${key}` })
      const stranger = yield* Effect.flip(watch(path, { cookie: `${Session.cookie}=bad` }))
      const nobody = yield* Effect.flip(watch(path, {}))

      expect([person, robot]).toEqual([[1], [2]])
      expect([stranger, nobody]).toMatchObject([
        { _tag: "Access.Unauthenticated" },
        { _tag: "Access.Unauthenticated" }
      ])
    })
  )

  it.scoped("refuses the cookie when a foreign page opens the socket", () =>
    Effect.gen(function* () {
      const response = yield* HttpClient.get("/rpc", { headers: { cookie, origin: "https://evil.example" } })
      const refused = yield* Effect.flip(watch("/rpc", { cookie, origin: "https://evil.example" }))

      expect(response.status).toBe(403)
      expect(refused).toMatchObject({ _tag: "RpcClientError" })
    })
  )

  it.scoped("shows no defect, and the socket stays usable after one", () =>
    Effect.gen(function* () {
      const client = yield* connect("/rpc", { cookie })

      const cause = yield* Effect.sandbox(Stream.runDrain(client.dashboard.watch())).pipe(Effect.flip)
      const after = yield* Stream.runCollect(client.event.watch({}))

      expect(String(cause)).toContain("Something went wrong on our side")
      expect(String(cause)).not.toContain("hunter2")
      expect(after.length).toBe(1)
    })
  )

  it.effect("calls a GET that is no upgrade a bad request", () =>
    Effect.gen(function* () {
      const response = yield* HttpClient.get("/rpc")

      expect(response.status).toBe(400)
    })
  )
})

it.scoped("closes a socket at most 30 s after its session has ended, and no other one", () =>
  Effect.gen(function* () {
    const open = Effect.fn(function* (token: string) {
      const socket = yield* openSocket("/rpc/json", { cookie: `${Session.cookie}=${token}` })
      const answered = yield* Deferred.make<void>()
      const visit = yield* Effect.fork(
        Effect.exit(socket.runRaw(() => Deferred.succeed(answered, undefined)))
      )
      const write = yield* socket.writer
      yield* write(JSON.stringify({ _tag: "Ping" }))
      yield* Deferred.await(answered)
      return visit
    })
    const leaving = yield* open("leaving")
    const staying = yield* open("good")

    yield* TestClock.adjust("31 seconds")
    const before = yield* Fiber.poll(leaving)
    hasLeft = true
    yield* TestClock.adjust("31 seconds")
    yield* Fiber.join(leaving)

    expect(before).toEqual(Option.none())
    expect(yield* Fiber.poll(staying)).toEqual(Option.none())
  }).pipe(Effect.provide(server))
)
