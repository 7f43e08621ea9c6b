import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type Socket } from "node:net"
import { Backend, type BackendState, type Target } from "./balancing/backend.ts"
import { forwardRequest } from "./balancing/forward-request.ts"
import { forwardUpgrade } from "./balancing/forward-upgrade.ts"
import { LaunchError } from "./launcher/launch-error.ts"

interface Balancer {
  readonly url: string
  /** Every target, in the order given, and whether it gets requests. */
  readonly states: () => ReadonlyArray<BackendState>
  /** Takes a target out at once; the next good readiness answer brings it back. */
  readonly markDown: (name: string) => void
  /** No new connections; requests under way get up to `graceMillis`, then every socket is closed. */
  readonly stop: (graceMillis: number) => Promise<void>
}

declare namespace Balancer {
  interface Options {
    readonly port: number
    /** The first must be had; the others (for example ::1 beside 127.0.0.1) may be missing on this machine. */
    readonly hosts: ReadonlyArray<string>
    readonly targets: ReadonlyArray<Target>
  }
}

const _readyEveryMillis = 1_000

/**
 * One address in front of equal replicas: round robin over those that say they are ready, streaming in both directions
 * (uploads, SSE, WebSocket), no buffering. Only a request of which nothing was sent is tried on another replica.
 */
const startBalancer = async (options: Balancer.Options): Promise<Balancer> => {
  const backends = options.targets.map(Backend.make)
  let turn = 0
  /** Ready backends, beginning with the one whose turn it is. */
  const candidates = (): Array<Backend> => {
    const ready = backends.filter((backend) => backend.ready)
    const first = turn++ % Math.max(1, ready.length)
    return [...ready.slice(first), ...ready.slice(0, first)]
  }
  const states = () => backends.map(Backend.state)

  const servers: Array<Server> = []
  const clients = new Set<Socket>()
  for (const host of options.hosts) {
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 })
    server.on("connection", (socket) => {
      clients.add(socket)
      socket.on("close", () => clients.delete(socket))
    })
    server.on("request", (incoming, outgoing) => {
      if (incoming.url === "/__balancer") sendJson(outgoing, 200, { replicas: states() })
      else if (isRepeatable(incoming)) forwardRequest(incoming, outgoing, candidates())
      else afterPendingEvents(() => forwardRequest(incoming, outgoing, candidates()))
    })
    server.on("upgrade", (incoming, socket, head) => forwardUpgrade(incoming, socket, head, candidates()))
    const failure = await listen(server, options.port, host)
    if (failure === undefined) servers.push(server)
    else if (servers.length === 0) throw cannotListen(failure, options.port)
  }

  const polls = backends.map((backend) => setInterval(() => Backend.poll(backend), _readyEveryMillis))
  for (const backend of backends) Backend.poll(backend)

  return {
    url: `http://localhost:${options.port}`,
    states,
    markDown: (name) => {
      for (const backend of backends) if (backend.name === name) backend.ready = false
    },
    stop: async (graceMillis) => {
      for (const poll of polls) clearInterval(poll)
      const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())))
      for (const backend of backends) for (const socket of backend.webSockets) socket.destroy()
      for (const server of servers) server.closeIdleConnections()
      const timer = setTimeout(() => {
        // Also those that still wait for their WebSocket, which the server no longer counts as its own.
        for (const socket of clients) socket.destroy()
      }, graceMillis)
      await Promise.all(closed)
      clearTimeout(timer)
      for (const backend of backends) backend.agent.destroy()
    }
  }
}

const isRepeatable = (incoming: IncomingMessage) => ["GET", "HEAD", "OPTIONS"].includes(incoming.method ?? "")

// One turn of the event loop: the end of a replica that the system knows of empties its pool before a request that must
// not be sent twice picks a connection.
const afterPendingEvents = (work: () => void) => setImmediate(() => setImmediate(work))

const listen = (server: Server, port: number, host: string) =>
  new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once("error", resolve)
    server.listen({ port, host }, () => {
      server.off("error", resolve)
      resolve(undefined)
    })
  })

const cannotListen = (failure: NodeJS.ErrnoException, port: number) =>
  new LaunchError({
    message:
      failure.code === "EADDRINUSE"
        ? `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1} npm start`
        : `Cannot listen on port ${port}: ${failure.message}`
  })

const sendJson = (outgoing: ServerResponse, status: number, body: object) => {
  outgoing.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
  outgoing.end(JSON.stringify(body, null, 2))
}

export { type Balancer, startBalancer }
