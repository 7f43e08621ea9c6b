import { HttpClient, HttpLayerRouter, HttpServer, Socket } from "@effect/platform"
import { NodeHttpServer, NodeSocket } from "@effect/platform-node"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { expect, it } from "@effect/vitest"
import { Tenancy } from "@tessera/infra/tenancy"
import { Live } from "@tessera/shared/live"
import { Session } from "@tessera/shared/session/session"
import { Deferred, Effect, Fiber, Layer, Option, Queue, Stream, TestClock } from "effect"
import { RawSocket } from "../../../../tests/support/raw-socket.ts"
import { AccessRpcLive } from "../access/access-rpc-live.ts"
import { AccessSettings } from "../access/access-settings.ts"
import { Authenticator } from "../access/authenticator.ts"
import { Credentials } from "../access/credentials.ts"
import { EdgeMiddleware } from "./edge-middleware.ts"
import { LiveRoutes } from "./live-routes.ts"

const tenantId = Tenancy.Id.make("0190aaaa-0000-7000-8000-000000000001")
const cookie = `${Session.cookie}=good`
const key = "tsk_0123456789abcdef"

const ours = { cookie, origin: "https://shop.example" }

let hasLeft = false
let role: "owner" | "viewer" = "owner"

/** Who is asked is all that is replaced: one session and one key of one tenant. */
const credentials = Layer.succeed(
  Credentials,
  Credentials.of({
    session: (token) =>
      Effect.sync(() =>
        Option.map(
          Option.liftPredicate(
            token,
            (text) => /^(good|changing)$/.test(text) || (text === "leaving" && !hasLeft)
          ),
          (text) => ({
            tenantId,
            actorId: "ada",
            role: text === "changing" ? role : ("owner" as const)
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
  "dashboard.clock": () => Effect.succeed(0),
  "cluster.watch": () => Stream.never,
  "notice.watch": () => Stream.never,
  "presence.watch": () => Stream.never,
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

/** The status with which an upgrade is refused. */
const refusal = (path: string, headers: Record<string, string>) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const port = address._tag === "TcpAddress" ? address.port : 0
    return yield* Effect.promise(() =>
      RawSocket.open(`ws://127.0.0.1:${port}${path}`, { headers }).then(
        () => 101,
        (error: Error) => Number(/\d+/.exec(error.message)?.[0])
      )
    )
  })

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
      const person = yield* watch(path, ours)
      const robot = yield* watch(path, { authorization: `Bearer ${key}` })

      expect([person, robot]).toEqual([[1], [2]])
    })
  )

  it.scoped.each([
    ["E01: a foreign page with the cookie", { cookie, origin: "https://evil.example" }, 403],
    ["E01: a page without an origin of its own", { cookie, origin: "null" }, 403],
    ["E01: the cookie, and no page", { cookie }, 403],
    ["E02: nobody", {}, 401],
    ["E02: a session that is over", { ...ours, cookie: `${Session.cookie}=bad` }, 401],
    ["E02: a key that is none", { authorization: "Bearer tsk_wrong" }, 401]
  ] as const)("gives no socket to %s", ([, headers, status]) =>
    Effect.gen(function* () {
      expect(yield* refusal("/rpc", headers)).toBe(status)
      expect(yield* refusal("/rpc/json", headers)).toBe(status)
    })
  )

  it.scoped("takes a message for its socket's, whatever credentials it brings", () =>
    Effect.gen(function* () {
      const client = yield* connect("/rpc", ours)

      const batches = yield* Stream.runCollect(
        client.event.watch({}, { headers: { authorization: `Bearer ${key}`, cookie: "x=y" } })
      )

      expect([...batches].map(({ head }) => head)).toEqual([1])
    })
  )

  it.scoped("refuses a message in words that our client decodes", () =>
    Effect.gen(function* () {
      const client = yield* connect("/rpc", ours)
      const streams = yield* Effect.forEach(Array.from({ length: 65 }), () =>
        Effect.fork(Effect.flip(Stream.runDrain(client.cluster.watch())))
      )

      const refused = yield* Effect.raceAll(streams.map(Fiber.join))

      expect(refused).toMatchObject({ _tag: "Live.LimitExceeded", status: 429, limit: "streams", most: 64 })
    })
  )

  it.scoped("shows no defect, and the socket stays usable after one", () =>
    Effect.gen(function* () {
      const client = yield* connect("/rpc", ours)

      const error = yield* Effect.flip(Stream.runDrain(client.dashboard.watch({})))
      const after = yield* Stream.runCollect(client.event.watch({}))

      expect(error).toMatchObject({
        _tag: "Live.InternalError",
        requestId: expect.stringMatching(/^.{36}\.\d+$/)
      })
      expect(JSON.stringify(error)).not.toContain("hunter2")
      expect(after.length).toBe(1)
    })
  )

  it.scoped("names what is wrong with a message that does not decode, and goes on", () =>
    Effect.gen(function* () {
      const socket = yield* openSocket("/rpc/json", ours)
      const answers = yield* Queue.unbounded<string>()
      yield* Effect.forkScoped(socket.runRaw((text) => Queue.offer(answers, String(text))))
      const write = yield* socket.writer
      const ask = (id: string, tag: string, payload: unknown) =>
        write(JSON.stringify({ _tag: "Request", id, tag, payload, headers: [] }))

      yield* ask("1", "dashboard.watch", { range: "1y" })
      const refused = yield* Queue.take(answers)
      yield* ask("2", "dashboard.clock", null)
      const told = yield* Queue.take(answers)

      expect(refused).toContain('"_tag":"Live.InvalidRequest"')
      expect(refused).toContain('"path":"payload.range"')
      expect(refused).not.toContain("1y")
      expect(told).toContain('"_tag":"Success"')
    })
  )

  it.effect("calls a GET that is no upgrade a bad request", () =>
    Effect.gen(function* () {
      const response = yield* HttpClient.get("/rpc")

      expect(response.status).toBe(400)
    })
  )
})

it.scoped(
  "E03: closes a socket at most 30 s after its session ended or changed its role, and no other one",
  () =>
    Effect.gen(function* () {
      const open = Effect.fn(function* (token: string) {
        const socket = yield* openSocket("/rpc/json", { ...ours, cookie: `${Session.cookie}=${token}` })
        const answered = yield* Deferred.make<void>()
        const visit = yield* Effect.fork(
          Effect.flip(socket.runRaw(() => Deferred.succeed(answered, undefined)))
        )
        const write = yield* socket.writer
        yield* write(JSON.stringify({ _tag: "Ping" }))
        yield* Deferred.await(answered)
        return visit
      })
      const leaving = yield* open("leaving")
      const changing = yield* open("changing")
      const staying = yield* open("good")

      yield* TestClock.adjust("31 seconds")
      const before = yield* Fiber.poll(leaving)
      hasLeft = true
      role = "viewer"
      yield* TestClock.adjust("31 seconds")

      expect(before).toEqual(Option.none())
      expect(yield* Fiber.join(leaving)).toMatchObject({ reason: "Close", code: 4401 })
      expect(yield* Fiber.join(changing)).toMatchObject({ reason: "Close", code: 4401 })
      expect(yield* Fiber.poll(staying)).toEqual(Option.none())
    }).pipe(Effect.provide(server))
)
