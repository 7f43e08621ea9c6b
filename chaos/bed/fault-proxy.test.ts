import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { Ports } from "../../scripts/launcher/ports.ts"
import { until } from "../../tests/support/until.ts"
import { FaultProxy } from "./fault-proxy.ts"
import { socketOwner } from "./socket-owner.ts"

const cleanUp: Array<() => unknown> = []

afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work()
})

/** An echo behind a proxy. */
const bed = async (sourceOf?: (client: Socket) => string | undefined) => {
  const [port = 0, target = 0] = await Ports.free(2)
  const accepted: Array<Socket> = []
  const server: Server = createServer((socket) => {
    accepted.push(socket)
    socket.on("error", () => {})
    socket.pipe(socket)
  })
  server.listen(target, "127.0.0.1")
  await once(server, "listening")
  cleanUp.push(() => {
    for (const socket of accepted) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  const proxy = await FaultProxy.listen({
    port,
    target,
    random: () => 0.5,
    ...(sourceOf === undefined ? {} : { sourceOf })
  })
  cleanUp.push(() => proxy.stop())
  return { proxy, port, accepted }
}

const caller = async (port: number) => {
  const socket = connect(port, "127.0.0.1")
  let text = ""
  let ending: string | undefined
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk
  })
  socket.on("error", (error: NodeJS.ErrnoException) => {
    ending ??= error.code ?? "error"
  })
  socket.on("close", () => {
    ending ??= "closed"
  })
  await once(socket, "connect")
  cleanUp.push(() => socket.destroy())
  return { socket, text: () => text, ending: () => ending }
}

describe("a fault proxy", () => {
  it("passes bytes both ways, and the end", async () => {
    const { accepted, port } = await bed()
    const { ending, socket, text } = await caller(port)

    socket.write("hello")
    await until("the echo", () => text() === "hello")
    accepted[0]?.end()
    await until("the end", () => ending() === "closed")
  })

  it("delays by its latency and never mixes up the stream", async () => {
    const { port, proxy } = await bed()
    const { socket, text } = await caller(port)
    proxy.set({ kind: "slow", latencyMillis: 60, jitterMillis: 60, bytesPerSecond: 0 })

    const startedAt = performance.now()
    for (let index = 0; index < 10; index++) {
      socket.write(`${index},`)
      await new Promise((next) => setImmediate(next))
    }
    await until("all of it", () => text() === "0,1,2,3,4,5,6,7,8,9,", 5_000, 1)

    expect(performance.now() - startedAt).toBeGreaterThan(120)
  })

  it("limits the bandwidth", async () => {
    const { port, proxy } = await bed()
    const { socket, text } = await caller(port)
    proxy.set({ kind: "slow", latencyMillis: 0, jitterMillis: 0, bytesPerSecond: 100_000 })

    const startedAt = performance.now()
    socket.write("x".repeat(30_000))
    await until("all of it", () => text().length === 30_000, 5_000, 1)

    expect(performance.now() - startedAt).toBeGreaterThan(300)
  })

  it("swallows in silence while half open, keeps the sockets, and delivers after the heal", async () => {
    const { accepted, port, proxy } = await bed()
    const { ending, socket, text } = await caller(port)
    socket.write("a")
    await until("the echo", () => text() === "a")

    proxy.set({ kind: "half-open" })
    socket.write("b")
    accepted[0]?.destroy()
    const other = await caller(port)
    other.socket.write("c")
    await new Promise((done) => setTimeout(done, 150))

    expect([text(), ending(), other.text(), other.ending()]).toEqual(["a", undefined, "", undefined])
    proxy.heal()
    await until("the news of the end", () => ending() !== undefined)
    await until("what was kept", () => other.text() === "c")
  })

  it("resets what is open, and refuses what is new", async () => {
    const { port, proxy } = await bed()
    const open = await caller(port)
    await until("it is known", () => proxy.sources().length === 1)

    expect(proxy.reset()).toBe(1)
    await until("the reset", () => open.ending() === "ECONNRESET")
    proxy.set({ kind: "refuse" })
    const refused = connect(port, "127.0.0.1")
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException]
    expect(error.code).toBe("ECONNRESET")
  })

  it("cuts one source off and leaves the others alone", async () => {
    const names = ["left", "right"]
    const { port, proxy } = await bed(() => names.shift())
    const left = await caller(port)
    await until("left is known", () => proxy.sources().includes("left"))
    const right = await caller(port)
    await until("right is known", () => proxy.sources().includes("right"))

    proxy.set({ kind: "half-open" }, "left")
    left.socket.write("l")
    right.socket.write("r")
    await until("the other one's echo", () => right.text() === "r")

    expect(left.text()).toBe("")
    proxy.heal()
    await until("its own echo", () => left.text() === "l")
  })

  it.runIf(process.platform === "linux")("finds the process that connects", async () => {
    const { port, accepted } = await bed()
    const { socket } = await caller(port)
    await until("it is through", () => accepted.length === 1)

    expect(socketOwner(socket.localPort ?? 0, port, [1, process.pid])).toBe(process.pid)
    expect(socketOwner(socket.localPort ?? 0, port, [1])).toBeUndefined()
  })
})
