import { connect, createServer, type Server } from "node:net"

/**
 * Picks TCP ports on 127.0.0.1. They lie below the range from which the system takes ports for outgoing connections,
 * so that nobody else holds a child's port while the child is down for a restart.
 */
const Ports = {
  /** `count` ports that are free now and all different. */
  free: async (count: number): Promise<ReadonlyArray<number>> => {
    const held: Array<Server> = []
    const ports: Array<number> = []
    let candidate = _low + Math.floor(Math.random() * (_high - _low))
    for (let tries = 0; ports.length < count && tries < _high - _low; tries++) {
      candidate = candidate + 1 >= _high ? _low : candidate + 1
      const server = await hold(candidate)
      if (typeof server === "string") continue
      held.push(server)
      ports.push(candidate)
    }
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))))
    if (ports.length < count) throw new Error(`No free port between ${_low} and ${_high}.`)
    return ports
  },

  isFree: async (port: number): Promise<boolean> => {
    const server = await hold(port)
    if (server === "EADDRINUSE") return false
    if (typeof server !== "string") await new Promise((done) => server.close(done))
    // A listener on all interfaces does not always stop us from binding 127.0.0.1, so ask as a client, too.
    return !(await answers(port))
  }
}

const _low = 20_000
const _high = 30_000

/** The listener, or the code of the error. */
const hold = (port: number): Promise<Server | string> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"))
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server))
  })

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once("connect", () => settle(true))
    socket.once("error", () => settle(false))
    socket.setTimeout(1_000, () => settle(false))
  })

export { Ports }
