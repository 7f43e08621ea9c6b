import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import {
  Clock,
  ConfigProvider,
  Context,
  Duration,
  Effect,
  Exit,
  Layer,
  Logger,
  LogLevel,
  Scope
} from "effect"
import { Webhook } from "standardwebhooks"
import { Receiver } from "./receiver.ts"

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
const otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
const body = '{ "type": "order.placed",  "data": {"name": "Zoë"} }'

const started = Effect.gen(function* () {
  const dataDir = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "tessera-receiver-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const scope = yield* Scope.make()
  const env = new Map([
    ["RECEIVER_PORT", "0"],
    ["DATA_DIR", dataDir]
  ])
  const layer = Receiver.layer.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env))),
    Layer.provide(Logger.minimumLogLevel(LogLevel.Warning))
  )
  const { address } = Context.get(yield* Layer.buildWithScope(layer, scope), HttpServer.HttpServer)
  const stop = Scope.close(scope, Exit.void)
  yield* Effect.addFinalizer(() => stop)
  const url = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""

  const send = (method: string, path: string, text?: string, headers: Record<string, string> = {}) =>
    Effect.tryPromise(() =>
      fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(text === undefined ? {} : { body: text })
      })
    )
  const put = (path: string, value: unknown) =>
    Effect.map(send("PUT", path, JSON.stringify(value)), ({ status }) => status)
  /** Signs `body` now, minus `ageSeconds`, and sends `sent` with that signature. */
  const deliver = (
    path: string,
    options: { secret?: string; sent?: string; ageSeconds?: number; id?: string } = {}
  ) =>
    Effect.gen(function* () {
      const id = options.id ?? "msg_1"
      const millis = (yield* Clock.currentTimeMillis) - (options.ageSeconds ?? 0) * 1_000
      const signature = new Webhook(options.secret ?? secret).sign(id, new Date(millis), body)
      const response = yield* send("POST", `/hooks/${path}`, options.sent ?? body, {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(millis / 1_000)),
        "webhook-signature": `v1,c3VyZWx5bm90 ${signature}`
      })
      return response.status
    })
  const received = (query = "") =>
    Effect.flatMap(send("GET", `/received${query}`), (response) =>
      Effect.promise((): Promise<ReadonlyArray<Record<string, unknown>>> => response.json())
    )
  return { dataDir, send, put, deliver, received, stop }
})

it.scopedLive("accepts what was signed with the registered secret and records it", () =>
  Effect.gen(function* () {
    const { put, deliver, received, dataDir } = yield* started
    yield* put("/secrets/shop", { secret })

    const status = yield* deliver("shop")

    expect(status).toBe(204)
    const [delivery] = yield* received()
    expect(delivery).toMatchObject({
      path: "shop",
      id: "msg_1",
      valid: true,
      verified: true,
      type: "order.placed"
    })
    const lines = readFileSync(join(dataDir, "receiver", "received.ndjson"), "utf8")
      .trimEnd()
      .split("\n")
    expect(lines.map((line) => JSON.parse(line))).toEqual([delivery])
  })
)

it.scopedLive.each<[string, { secret?: string; sent?: string; ageSeconds?: number }]>([
  ["another secret", { secret: otherSecret }],
  ["a body changed on the way", { sent: `${body} ` }],
  ["a timestamp older than five minutes", { ageSeconds: 301 }],
  ["a timestamp further ahead than five minutes", { ageSeconds: -310 }]
])("rejects %s with 401 in any mode and uses up no turn", ([, forged]) =>
  Effect.gen(function* () {
    const { put, deliver, received } = yield* started
    yield* put("/secrets/shop", { secret })
    yield* put("/control/shop", { mode: "failTimes:1" })

    const status = yield* deliver("shop", forged)

    expect(status).toBe(401)
    expect(yield* received()).toMatchObject([{ valid: false, verified: false, status: 401 }])
    expect([yield* deliver("shop"), yield* deliver("shop")]).toEqual([500, 204])
  })
)

it.scopedLive("rejects a delivery without signature headers", () =>
  Effect.gen(function* () {
    const { put, send } = yield* started
    yield* put("/secrets/shop", { secret })

    expect((yield* send("POST", "/hooks/shop", body)).status).toBe(401)
  })
)

it.scopedLive("verifies by the secret registered last, and only on its own path", () =>
  Effect.gen(function* () {
    const { put, deliver } = yield* started
    yield* put("/secrets/shop", { secret })
    yield* put("/secrets/shop", { secret: otherSecret })
    yield* put("/secrets/store", { secret })

    expect([
      yield* deliver("shop"),
      yield* deliver("shop", { secret: otherSecret }),
      yield* deliver("store")
    ]).toEqual([401, 204, 204])
  })
)

it.scopedLive("accepts everything on a path without a secret, as not verified", () =>
  Effect.gen(function* () {
    const { send, received } = yield* started

    expect((yield* send("POST", "/hooks/open", "no json")).status).toBe(204)
    expect(yield* received()).toMatchObject([
      { path: "open", id: "", valid: null, verified: false, type: null }
    ])
  })
)

it.scopedLive("lists the deliveries of one path", () =>
  Effect.gen(function* () {
    const { deliver, received } = yield* started
    yield* deliver("a", { id: "1" })
    yield* deliver("b", { id: "2" })
    yield* deliver("a", { id: "3" })

    expect((yield* received("?path=a")).map(({ id }) => id)).toEqual(["1", "3"])
    expect(yield* received()).toHaveLength(3)
  })
)

it.scopedLive("answers as it was told and refuses what it does not know", () =>
  Effect.gen(function* () {
    const { put, deliver } = yield* started

    expect(yield* put("/control/shop", { mode: "gone" })).toBe(204)
    expect(yield* deliver("shop")).toBe(410)
    expect(yield* put("/control/shop", { mode: "sometimes" })).toBe(422)
    expect(yield* put("/control/shop", {})).toBe(400)
    expect(yield* put("/secrets/shop", { secret: "whsec_" })).toBe(422)
    expect(yield* put("/secrets/shop", { secret: "plain" })).toBe(400)
    expect(yield* deliver("shop")).toBe(410)
  })
)

it.scopedLive("stops in less than a second while it lets a sender wait", () =>
  Effect.gen(function* () {
    const { put, deliver, received, stop } = yield* started
    yield* put("/control/shop", { mode: "timeout" })
    const hanging = yield* Effect.fork(Effect.exit(deliver("shop")))
    yield* Effect.repeat(received(), { until: (all) => all.length === 1 })

    const [waited] = yield* Effect.timed(stop)

    expect(Duration.toMillis(waited)).toBeLessThan(1_000)
    expect(Exit.isFailure(yield* hanging)).toBe(true)
  })
)
