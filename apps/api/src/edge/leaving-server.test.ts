import { randomBytes } from "node:crypto"
import { createServer, request, type Server } from "node:http"
import { connect } from "node:net"
import { HttpLayerRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Exit, Layer, Option, Schedule, Scope, Stream } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { LeavingServer } from "./leaving-server.ts"

const encoder = new TextEncoder()

const _routes = Layer.mergeAll(
  HttpLayerRouter.add("GET", "/plain", HttpServerResponse.text("plain")),
  HttpLayerRouter.add("GET", "/slow", Effect.delay(HttpServerResponse.text("slow"), "400 millis")),
  HttpLayerRouter.add("GET", "/stuck", Effect.never),
  HttpLayerRouter.add(
    "GET",
    "/events",
    HttpServerResponse.stream(
      Stream.fromSchedule(Schedule.spaced("50 millis")).pipe(Stream.map(() => encoder.encode(": beat\n\n"))),
      { contentType: "text/event-stream" }
    )
  ),
  HttpLayerRouter.add(
    "GET",
    "/socket",
    Effect.flatMap(HttpServerRequest.upgrade, (socket) =>
      Effect.as(
        socket.run(() => Effect.void),
        HttpServerResponse.empty()
      )
    ).pipe(Effect.orDie)
  )
)

const cleanUp: Array<() => unknown> = []

afterEach(async () => {
  for (const work of cleanUp.splice(0)) await work()
})

const serve = async (server: Server, leaving: Layer.Layer<never>) => {
  const scope = Effect.runSync(Scope.make())
  const app = leaving.pipe(
    Layer.provideMerge(HttpLayerRouter.serve(_routes, { disableLogger: true, disableListenLog: true })),
    Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" }))
  )
  await Effect.runPromise(Layer.buildWithScope(app, scope))
  cleanUp.push(() => server.closeAllConnections())
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  let isClosed = false
  const close = () => {
    const startedAt = performance.now()
    return Effect.runPromise(
      Scope.close(scope, Exit.void).pipe(
        Effect.as(true),
        Effect.disconnect,
        Effect.timeoutOption("6 seconds"),
        Effect.map(Option.isSome)
      )
    ).then((done) => {
      isClosed = done
      return { done, millis: performance.now() - startedAt }
    })
  }
  return { url: `http://127.0.0.1:${port}`, close, isClosed: () => isClosed }
}

const leavingServer = () => {
  const { layer, server } = LeavingServer.make()
  return serve(server, layer)
}

const stream = async (url: string) => {
  const response = await fetch(`${url}/events`, { headers: { accept: "text/event-stream" } })
  const reader = response.body?.getReader()
  await reader?.read()
  const over = (async () => {
    for (;;) {
      const piece = await reader?.read().catch(() => undefined)
      if (piece === undefined || piece.done) return true
    }
  })()
  return { over }
}

const socket = (url: string) =>
  new Promise<{ readonly bytes: Promise<Buffer> }>((resolve, reject) => {
    const outgoing = request(`${url}/socket`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64")
      }
    })
    outgoing.on("upgrade", (_response, opened, head) => {
      let bytes = head
      opened.on("data", (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk])
      })
      // It never answers the close frame, as a frozen page would not.
      resolve({ bytes: new Promise((done) => opened.on("close", () => done(bytes))) })
    })
    outgoing.on("error", reject)
    outgoing.end()
  })

describe("Node's own server", () => {
  it("does not close while an event stream is open", async () => {
    const { close, url } = await serve(createServer(), Layer.empty)
    await stream(url)

    expect((await close()).done).toBe(false)
  }, 15_000)
})

describe("a leaving server", () => {
  it("ends event streams and closes at once", async () => {
    const { close, url } = await leavingServer()
    const { over } = await stream(url)

    const { done, millis } = await close()

    expect(done).toBe(true)
    expect(millis).toBeLessThan(1_000)
    expect(await over).toBe(true)
  })

  it("closes WebSockets with 1012, also those that never answer", async () => {
    const { close, url } = await leavingServer()
    const { bytes } = await socket(url)

    const { done, millis } = await close()

    expect(done).toBe(true)
    expect(millis).toBeLessThan(4_000)
    expect([...(await bytes).subarray(0, 4)]).toEqual([0x88, 0x02, 0x03, 0xf4])
  })

  it("does not send all WebSockets away at the same moment", async () => {
    const { close, url } = await leavingServer()
    const gone: Array<number> = []
    const sockets = await Promise.all(Array.from({ length: 20 }, () => socket(url)))
    for (const { bytes } of sockets) void bytes.then(() => gone.push(performance.now()))

    const { done } = await close()

    expect(done).toBe(true)
    await Promise.all(sockets.map(({ bytes }) => bytes))
    expect(Math.max(...gone) - Math.min(...gone)).toBeGreaterThan(200)
  })

  it("survives a client that resets its connection while it is asked who comes", async () => {
    const { close, url } = await leavingServer()
    const { port } = new URL(url)
    const reset = () =>
      new Promise<void>((resolve) => {
        const raw = connect(Number(port), "127.0.0.1", () => {
          const head = "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
          raw.write(head, () => setTimeout(() => raw.resetAndDestroy(), 50))
        })
        raw.on("close", () => resolve())
      })

    await Promise.all(Array.from({ length: 10 }, reset))
    await new Promise((next) => setTimeout(next, 600))

    expect(await (await fetch(`${url}/plain`)).text()).toBe("plain")
    await close()
  })

  it("lets requests that are under way end, and refuses new ones with Retry-After", async () => {
    const { close, url } = await leavingServer()
    const slow = fetch(`${url}/slow`).then((response) => response.text())
    await new Promise((next) => setTimeout(next, 100))

    const closing = close()
    await new Promise((next) => setTimeout(next, 50))
    const refused = await fetch(`${url}/plain`)

    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"])
    expect(((await refused.json()) as { readonly code: string }).code).toBe("Replica.Leaving")
    expect(await slow).toBe("slow")
    expect((await closing).done).toBe(true)
  })

  it("waits 2 s at most for a request that never ends", async () => {
    const { close, url } = await leavingServer()
    const stuck = fetch(`${url}/stuck`).catch(() => "cut off")
    await new Promise((next) => setTimeout(next, 100))

    const { done, millis } = await close()

    expect(done).toBe(true)
    expect(millis).toBeGreaterThan(1_900)
    expect(millis).toBeLessThan(4_000)
    expect(await stuck).toBe("cut off")
  })
})
