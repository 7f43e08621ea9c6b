import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { type Duplex } from "node:stream"
import { Duration, Effect, Layer, Random } from "effect"

declare namespace LeavingServer {
  type Made = {
    readonly server: Server
    /** To be closed before whatever serves on the server. */
    readonly layer: Layer.Layer<never>
  }
}

/** Requests that are under way get 2 s to end by themselves. */
const _look = Duration.millis(25)
const _looks = 80

/** Clients come back at once, so they are not sent away all at once. */
const _spreadMillis = 1000

/** A close frame of RFC 6455 with the code 1012, "service restart": come back, to another replica. */
const _restart = Buffer.from([0x88, 0x02, 0x03, 0xf4])

const _refusal = JSON.stringify({
  type: "https://tessera.dev/problems/Replica.Leaving",
  title: "This replica is leaving",
  code: "Replica.Leaving",
  status: 503
})

/**
 * Node's server closes only when its last connection does, and nobody ends those that live for hours: an open
 * event stream would hold up a leaving replica for ever. This one sends them away: WebSockets with 1012,
 * event streams by their end, new requests with 503 and `Retry-After`.
 */
const LeavingServer = {
  make: (): LeavingServer.Made => {
    const server = createServer()
    const streams = new Set<ServerResponse>()
    const answers = new Set<ServerResponse>()
    const sockets = new Set<Duplex>()
    server.on("request", (request, response) => {
      const kind = _isStream(request) ? streams : answers
      kind.add(response)
      response.once("close", () => kind.delete(response))
    })
    server.on("upgrade", (_request, socket) => {
      // Node takes its own listener off, and a reset while we still ask who comes would end the process.
      socket.on("error", () => socket.destroy())
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
    })

    const sendAway = Effect.sync(() => {
      // Node hands an upgrade that nobody listens for to the listener of requests.
      server.removeAllListeners("request").removeAllListeners("upgrade").on("request", _refuse)
      streams.forEach((response) => {
        response.socket?.destroySoon()
      })
    })
    const sendSocketsAway = Effect.suspend(() =>
      Effect.forEach([...sockets], _sentAway, { concurrency: "unbounded", discard: true })
    )
    // Counted, because a finalizer cannot be interrupted by a timeout.
    const untilAnswered = Effect.sleep(_look).pipe(
      Effect.repeat({ until: () => answers.size + sockets.size === 0, times: _looks })
    )
    const cutOff = Effect.sync(() => {
      server.closeIdleConnections()
      answers.forEach((response) => {
        response.socket?.destroy()
      })
      sockets.forEach((socket) => {
        socket.destroy()
      })
    })
    const leave = sendAway.pipe(
      Effect.zipRight(Effect.zip(sendSocketsAway, untilAnswered, { concurrent: true })),
      Effect.zipRight(cutOff)
    )
    return { server, layer: Layer.scopedDiscard(Effect.addFinalizer(() => leave)) }
  }
} as const

const _sentAway = (socket: Duplex): Effect.Effect<void> =>
  Random.nextIntBetween(0, _spreadMillis).pipe(
    Effect.flatMap((millis) => Effect.sleep(Duration.millis(millis))),
    Effect.zipRight(Effect.sync(() => socket.end(_restart)))
  )

const _isStream = ({ headers: { accept = "" } }: IncomingMessage): boolean =>
  accept.includes("text/event-stream")

const _refuse = (_request: IncomingMessage, response: ServerResponse) =>
  response
    .writeHead(503, {
      "content-type": "application/problem+json",
      "retry-after": "1",
      connection: "close"
    })
    .end(_refusal)

export { LeavingServer }
