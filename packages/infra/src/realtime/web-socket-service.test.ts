import { createServer, type Server } from "node:http"
import { connect } from "node:net"
import { HttpLayerRouter, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Rpc, RpcGroup } from "@effect/rpc"
import { Duration, Effect, Exit, Layer, Logger, Metric, Schedule, Schema, Scope, Stream } from "effect"
import { Packr } from "msgpackr"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { RawSocket } from "../../../../tests/support/raw-socket.ts"
import { until } from "../../../../tests/support/until.ts"
import { OpenSockets } from "./open-sockets.ts"
import { SocketClose } from "./socket-close.ts"
import { WebSocketService } from "./web-socket-service.ts"

const group = RpcGroup.make(
  Rpc.make("echo", {
    payload: { text: Schema.String, deep: Schema.optional(Schema.Struct({ n: Schema.Int })) },
    success: Schema.String
  }),
  Rpc.make("stuck", { success: Schema.Void }),
  Rpc.make("broken", { success: Schema.Void }),
  Rpc.make("halves", { success: Schema.Int }),
  Rpc.make("silence", { success: Schema.Int, stream: true }),
  Rpc.make("flow", { success: Schema.String, stream: true })
)

/** A metric is found by its description, too. */
const description = "WebSockets that were closed, by the reason that their close frame gave."
const secret = "the password is hunter2"
const kilobytes = 64
let interrupted = 0

const handlers = group.toLayer({
  echo: ({ text }) => Effect.succeed(text),
  stuck: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted += 1))),
  broken: () => Effect.die(new Error(secret)),
  // Not what the contract says: the answer cannot be encoded.
  halves: () => Effect.succeed(0.5),
  silence: () => Stream.never,
  flow: () => Stream.forever(Stream.make("x".repeat(1024 * kilobytes)))
})

let isOver = false
const over = Effect.repeat(
  Effect.sync(() => isOver),
  { until: (yes) => yes, schedule: Schedule.spaced("10 millis") }
).pipe(Effect.asVoid)

const refusals: WebSocketService.Refusals = {
  invalid: (fault) => ({ _tag: "Invalid", ...fault }),
  tooMany: (wait) => ({ _tag: "TooMany", ...wait }),
  exceeded: (limit) => ({ _tag: "Exceeded", ...limit }),
  internal: (of) => ({ _tag: "Internal", ...of })
}

const served = {
  group,
  refusals,
  // The visitor is called by its header.
  admit: ({ headers }: HttpServerRequest.HttpServerRequest) =>
    headers["x-visitor"] === "nobody"
      ? Effect.fail(HttpServerResponse.empty({ status: 401 }))
      : Effect.succeed({
          key: headers["x-visitor"] ?? "someone",
          requestId: "socket",
          over: headers["x-visitor"] === "leaving" ? over : Effect.never
        }),
  limits: { heartbeat: Duration.millis(300), farewell: Duration.millis(200) }
}

const app = HttpLayerRouter.serve(
  Layer.merge(
    WebSocketService.layer({ ...served, path: "/rpc", kind: "msgpack" }),
    WebSocketService.layer({ ...served, path: "/json", kind: "json" })
  ).pipe(Layer.provide(handlers), Layer.provide(OpenSockets.layer)),
  { disableLogger: true, disableListenLog: true }
)

let server: Server
let scope: Scope.CloseableScope
let url = ""
const opened: Array<{ close: () => void }> = []

const open = async (path: "/rpc" | "/json" = "/rpc", headers: Readonly<Record<string, string>> = {}) => {
  const socket = await RawSocket.open(`${url}${path}`, { headers, json: path === "/json" })
  opened.push(socket)
  return socket
}

const answers = async (socket: RawSocket) => {
  const exit = await socket.exit(socket.call("echo", { text: "still here" }))
  return exit.value
}

/** How many sockets ended so far for a reason of ours. */
const closedFor = (reason: string) => {
  const counter = Metric.tagged(
    Metric.counter("live_sockets_closed_total", { description, incremental: true }),
    "reason",
    reason
  )
  return Effect.runSync(Metric.value(counter)).count
}

const connections = () =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

beforeAll(async () => {
  scope = Effect.runSync(Scope.make())
  server = createServer()
  await Effect.runPromise(
    Layer.buildWithScope(
      app.pipe(
        Layer.provide(NodeHttpServer.layer(() => server, { port: 0, host: "127.0.0.1" })),
        Layer.provide(Logger.remove(Logger.defaultLogger))
      ),
      scope
    )
  )
  const address = server.address()
  url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
})

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close()
})

afterAll(async () => {
  server.closeAllConnections()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const maps = new Packr({ useRecords: false, moreTypes: true })
const packed = (message: unknown) => Uint8Array.from(maps.pack(message))
const request = { _tag: "Request", id: "7", tag: "echo", payload: { text: "x" }, headers: [] }

describe("a well-behaved client", () => {
  it.each(["/rpc", "/json"] as const)("calls and streams over %s", async (path) => {
    const socket = await open(path)

    const chunk = await socket.chunk(socket.call("flow"))

    expect(await answers(socket)).toBe("still here")
    expect(String(chunk[0])).toHaveLength(1024 * kilobytes)
  })

  it("may write MsgPack without records, and is answered in maps", async () => {
    const socket = await open()
    const frames: Array<Buffer> = []
    socket.ws.on("message", (data: Buffer) => frames.push(data))

    socket.send(packed(request))

    expect(await socket.exit("7")).toEqual({ _tag: "Success", value: "x" })
    expect(frames[0]?.[0]).toBe(0xde)
  })

  it("that goes away takes its calls with it", async () => {
    const before = interrupted
    const socket = await open()
    socket.call("stuck")
    await answers(socket)

    socket.close()

    await until("the handler is interrupted", () => interrupted === before + 1)
  })
})

describe("a frame that is no message", () => {
  const nest = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
  const deep = Buffer.concat([Buffer.from("81a161", "hex"), Buffer.alloc(10_000, 0x91), Buffer.from([0])])
  const wide = packed({
    ...request,
    payload: Object.fromEntries(Array.from({ length: 6000 }, (_, n) => [n, n]))
  })

  it.each([
    ["E04: 20 kB of zeros", "/rpc", new Uint8Array(20_000), 1008],
    ["E04: 60 kB of zeros", "/rpc", new Uint8Array(60_000), 1008],
    ["E06: a value cut off", "/rpc", packed(request).subarray(0, 20), 1007],
    [
      "E06: an array of five bytes that announces 33 million values",
      "/rpc",
      Buffer.from("81a161dd01ffffff", "hex"),
      1007
    ],
    ["E06: a date", "/rpc", packed({ ...request, payload: { at: new Date(0) } }), 1008],
    ["E06: a regular expression", "/rpc", packed({ ...request, payload: { at: /a/ } }), 1008],
    ["E06: a set", "/rpc", packed({ ...request, payload: { at: new Set([1]) } }), 1008],
    ["E06: an error", "/rpc", packed({ ...request, payload: { at: new Error("x") } }), 1008],
    ["E06: a map of 6,000 keys", "/rpc", wide, 1008],
    ["E06: nesting of 10,000", "/rpc", deep, 1008],
    ["E05: 65 messages", "/rpc", Buffer.concat(Array(65).fill(packed({ _tag: "Ping" }))), 1008],
    ["E07: more than 64 KiB", "/rpc", new Uint8Array(64 * 1024 + 1), 1009],
    ["E07: more than 64 KiB of JSON", "/json", " ".repeat(64 * 1024 + 1), 1009],
    ["E14: a text on the binary endpoint", "/rpc", "hello", 1003],
    ["E14: bytes on the text endpoint", "/json", new Uint8Array(3), 1003],
    ["broken JSON", "/json", "{", 1007]
  ] as const)(
    "%s closes the socket with one code and no answer, and no other socket",
    async (_, path, frame, code) => {
      const neighbour = await open(path)
      const socket = await open(path)

      socket.send(frame)

      expect((await socket.closed).code).toBe(code)
      expect(socket.messages).toEqual([])
      expect(await answers(neighbour)).toBe("still here")
    }
  )

  it("E06: JSON of any depth and the name of the prototype do nothing", async () => {
    const socket = await open("/json")

    socket.send(
      `{"_tag":"Request","id":"7","tag":"echo","headers":[],"payload":{"text":"x","__proto__":{"polluted":1},"more":${nest(10_000)}}}`
    )

    expect(await socket.exit("7")).toEqual({ _tag: "Success", value: "x" })
    expect("polluted" in {}).toBe(false)
  })
})

describe("a message that is wrong", () => {
  it.each([
    [
      "E08: a payload of another type",
      { ...request, payload: { text: 5 } },
      "payload.text",
      "has the wrong type"
    ],
    [
      "E08: deep in the payload",
      { ...request, payload: { text: "x", deep: { n: "y".repeat(500) } } },
      "payload.deep.n",
      "has the wrong type"
    ],
    ["E08: no payload", { ...request, payload: undefined }, "payload", "has the wrong type"],
    ["an unknown call", { ...request, tag: "drop.everything" }, "tag", "is not known"],
    ["no headers", { ...request, headers: undefined }, "headers", "is missing"],
    [
      "a header of 10 kB",
      { ...request, headers: [["a", "x".repeat(10_000)]] },
      "headers.0.1",
      "is not allowed"
    ],
    ["an endless trace id", { ...request, traceId: "a".repeat(1000) }, "traceId", "is not allowed"]
  ] as const)("%s is refused by where and why, without an echo", async (_, message, path, reason) => {
    const socket = await open("/json")
    const stream = socket.call("silence")

    socket.say(message)
    const refusal = await socket.refusal("7")

    expect(refusal).toEqual({ _tag: "Invalid", path, reason: expect.stringContaining(reason.slice(0, 3)) })
    expect(socket.texts.join("").length).toBeLessThan(300)
    expect(await answers(socket)).toBe("still here")
    expect(socket.messages.filter(({ requestId }) => requestId === stream)).toEqual([])
  })

  it.each([
    ["no object", 5, "_tag"],
    ["a list", [request], "_tag"],
    ["null", null, "_tag"],
    ["an unknown tag", { _tag: "Constructor" }, "_tag"],
    ["E05: a number that is none", { ...request, id: "abc" }, "id"],
    ["a negative number", { ...request, id: "-1" }, "id"],
    ["an acknowledgement of nothing", { _tag: "Ack", requestId: "abc" }, "requestId"],
    ["an interruption of nothing", { _tag: "Interrupt" }, "requestId"]
  ] as const)("%s is said to the socket, which stays open with its calls", async (_, message, path) => {
    const socket = await open("/json")
    const before = interrupted
    socket.call("stuck")

    socket.say(message)

    expect(await socket.defect()).toMatchObject({ _tag: "Invalid", path })
    expect(await answers(socket)).toBe("still here")
    expect(interrupted).toBe(before)
  })

  it("the number of a call under way does not end that call", async () => {
    const socket = await open("/json")
    socket.say({ ...request, tag: "stuck" })

    socket.say(request)

    expect(await socket.defect()).toMatchObject({ _tag: "Invalid", path: "id", reason: "is in use" })
    expect(socket.messages.filter(({ _tag }) => _tag === "Exit")).toEqual([])
  })
})

describe("E09: a defect", () => {
  it.each(["broken", "halves"])("of %s shows only the id that it is logged under", async (tag) => {
    const socket = await open()
    const id = socket.call(tag)

    expect(await socket.exit(id)).toEqual({
      _tag: "Failure",
      cause: { _tag: "Fail", error: { _tag: "Internal", requestId: `socket.${id}` } }
    })
    expect(socket.texts.join("")).not.toMatch(/hunter2|Error:|0\.5/)
    expect(await answers(socket)).toBe("still here")
  })
})

describe("too much", () => {
  it("E10: of 1,000 calls under way 128 go on, each other is refused, and a neighbour is answered", async () => {
    const neighbour = await open()
    const socket = await open()
    const ids = Array.from({ length: 1000 }, () => socket.call("stuck"))

    const refused = await Promise.all(ids.slice(128).map((id) => socket.refusal(id)))

    expect(new Set(refused.map((refusal) => refusal?._tag))).toEqual(new Set(["TooMany"]))
    expect(socket.messages).toHaveLength(872)
    expect(await answers(neighbour)).toBe("still here")
  })

  it("E10: who goes on regardless is sent away with 1013 after a bounded number of answers", async () => {
    const neighbour = await open()
    const socket = await open()
    const flood = Array.from({ length: 10_000 }, () => socket.call("echo", { text: "x" }))

    const { code } = await socket.closed

    expect(code).toBe(1013)
    expect(flood.length).toBe(10_000)
    expect(socket.messages.length).toBeLessThan(2000)
    expect(await answers(neighbour)).toBe("still here")
  })

  it("E11: of 1,001 streams 64 stand, and the others are told so", async () => {
    const socket = await open()
    const ids = Array.from({ length: 100 }, () => socket.call("silence"))

    const refused = await Promise.all(ids.slice(64).map((id) => socket.refusal(id)))

    expect(refused).toEqual(refused.map(() => ({ _tag: "Exceeded", limit: "streams", most: 64 })))
    expect(socket.messages).toHaveLength(36)
  })

  it("E11: the 21st socket of a visitor is closed with 4429, another visitor's is not", async () => {
    const headers = { "x-visitor": "crowd" }
    const first = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(index % 2 ? "/rpc" : "/json", headers))
    )

    const last = await open("/rpc", headers)
    const other = await open("/rpc")

    expect((await last.closed).code).toBe(4429)
    expect(await answers(other)).toBe("still here")
    first[0]?.close()
    await until("there is room again", async () => {
      const next = await open("/rpc", headers)
      const end = await Promise.race([next.closed, answers(next)])
      return end === "still here"
    })
  })

  it("E12: who acknowledges without reading is sent away with 1 MiB unread, others are served meanwhile", async () => {
    const neighbour = await open()
    const socket = await open()
    const before = closedFor(SocketClose.slowReader.reason)
    const flow = socket.call("flow")
    await socket.chunk(flow)

    socket.ws.pause()
    const acks = setInterval(() => socket.say({ _tag: "Ack", requestId: flow }), 1)
    await until("the connection is cut", async () => (await connections()) === 1)
    clearInterval(acks)

    expect(await answers(neighbour)).toBe("still here")
    expect(closedFor(SocketClose.slowReader.reason)).toBe(before + 1)
  })

  it("E13: compression is not agreed to", async () => {
    const socket = await open()

    expect(socket.ws.extensions).toBe("")
  })
})

describe("the end of a socket", () => {
  it("E02: nobody gets no socket", async () => {
    await expect(open("/rpc", { "x-visitor": "nobody" })).rejects.toThrow("401")
  })

  it("E03: comes with 4401 when the visitor's time is over", async () => {
    const socket = await open("/rpc", { "x-visitor": "leaving" })
    const staying = await open("/rpc")

    isOver = true

    expect((await socket.closed).code).toBe(4401)
    expect(await answers(staying)).toBe("still here")
  })

  it("E16: comes to a peer that answers no ping, and its descriptor is free", async () => {
    const quiet = await until("nobody is connected", async () => (await connections()) === 0 && true)
    const socket = await RawSocket.open(`${url}/rpc`)
    const alive = await open("/rpc")

    // A cable that was pulled: nothing is read, nothing is said.
    socket.ws.pause()
    await until("one connection is left", async () => (await connections()) === 1)

    expect(quiet).toBe(true)
    expect(await answers(alive)).toBe("still here")
    socket.close()
  })

  it.each([
    [
      "no key",
      "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ],
    ["another protocol", "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"],
    ["no upgrade", "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUpgrade: websocket\r\n\r\n"]
  ])("a handshake with %s is a bad request", async (_, text) => {
    const bytes = await new Promise<string>((resolve) => {
      let all = ""
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text))
      socket.on("data", (chunk) => (all += String(chunk)))
      socket.on("close", () => resolve(all))
    })

    expect(bytes).toMatch(/^HTTP\/1\.1 400 /)
  })
})
