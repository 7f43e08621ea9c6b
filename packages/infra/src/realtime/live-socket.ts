import { type HttpServerRequest } from "@effect/platform"
import { NodeHttpServerRequest } from "@effect/platform-node"
import { Duration, Effect, Metric, Schedule, type Scope } from "effect"
import { type WebSocket, WebSocketServer } from "ws"
import { type FrameCodec } from "./frame-codec.ts"
import { SocketClose } from "./socket-close.ts"
import { type SocketLimits } from "./socket-limits.ts"

declare namespace LiveSocket {
  type Shape = {
    /** Hands on each frame as it comes, until the socket is closed by either side. */
    readonly frames: (onFrame: (frame: FrameCodec.Frame) => void) => Effect.Effect<void>
    /** Closes the socket instead where its peer has left too much unread. */
    readonly send: (frame: FrameCodec.Encoded) => void
    /** The connection is cut when the peer does not answer. */
    readonly close: (close: SocketClose.Close) => void
    readonly isOpen: () => boolean
  }
}

type _Ended = { readonly ws: WebSocket; readonly end: { reason: string } }

const _fragments = 64
const _closed = Metric.counter("live_sockets_closed_total", {
  description: "WebSockets that were closed, by the reason that their close frame gave.",
  incremental: true
})

/** One for each set of limits: it only shakes hands. */
const _server = ({ farewell, frameBytes }: SocketLimits.Shape) => {
  const options = {
    noServer: true,
    clientTracking: false,
    maxPayload: frameBytes,
    maxFragments: _fragments,
    closeTimeout: Duration.toMillis(farewell),
    perMessageDeflate: false,
    // One frame of a socket a turn of the event loop: a burst of one peer does not hold up the others.
    allowSynchronousEvents: false
  }
  return new WebSocketServer(options)
}

/** A WebSocket over `ws` with what the platform's own leaves out: limits, heartbeat, bounded backlog. */
const LiveSocket = {
  /** Whether the request can be upgraded; another one must be answered as a request. */
  isUpgrade: (request: HttpServerRequest.HttpServerRequest): boolean =>
    _isUpgrade(NodeHttpServerRequest.toIncomingMessage(request)),
  upgrading: (limits: SocketLimits.Shape) => {
    const server = _server(limits)
    return (
      request: HttpServerRequest.HttpServerRequest
    ): Effect.Effect<LiveSocket.Shape, "Malformed", Scope.Scope> =>
      Effect.acquireRelease(Effect.map(_handshake(server, request), _ended), ({ end, ws }) =>
        Effect.zipRight(
          Effect.sync(() => ws.close(1001)),
          Metric.increment(Metric.tagged(_closed, "reason", end.reason))
        )
      ).pipe(Effect.map((ended) => _socket(ended, limits)))
  }
} as const

/** Until we close it ourselves, its end is the peer's. */
const _ended = (ws: WebSocket): _Ended => ({ ws, end: { reason: "by the peer" } })

const _isUpgrade = (incoming: object): boolean => "upgrade" in incoming && incoming.upgrade === true

const _handshake = (
  server: WebSocketServer,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<WebSocket, "Malformed"> =>
  Effect.async<WebSocket, "Malformed">((resume) => {
    const incoming = NodeHttpServerRequest.toIncomingMessage(request)
    const { socket } = incoming
    // The platform writes a response at the end of every request; this one goes nowhere.
    NodeHttpServerRequest.toServerResponse(request).detachSocket(socket)
    NodeHttpServerRequest.toServerResponse(request).end()
    // A handshake that fails has been answered by `ws` and calls back to nobody.
    socket.once("close", () => resume(Effect.fail("Malformed")))
    server.handleUpgrade(incoming, socket, Buffer.alloc(0), (ws) => {
      // Nothing is read before somebody listens.
      ws.pause()
      // A broken frame or connection; `close` follows.
      ws.on("error", () => undefined)
      resume(Effect.succeed(ws))
    })
  })

const _socket = ({ end, ws }: _Ended, limits: SocketLimits.Shape): LiveSocket.Shape => {
  const isOpen = () => ws.readyState === ws.OPEN
  const close = ({ code, reason }: SocketClose.Close) => {
    end.reason = reason
    ws.close(code, reason)
  }
  const write = (frame: FrameCodec.Encoded) =>
    ws.bufferedAmount > limits.backlogBytes ? close(SocketClose.slowReader) : ws.send(frame, () => undefined)
  return {
    isOpen,
    close,
    send: (frame) => (isOpen() ? write(frame) : undefined),
    frames: (onFrame) =>
      Effect.async<void>((resume) => {
        ws.once("close", () => resume(Effect.void))
        ws.on("message", (bytes, isBinary) =>
          Buffer.isBuffer(bytes) ? onFrame({ bytes, isBinary }) : undefined
        )
        ws.resume()
      }).pipe(Effect.raceFirst(_heartbeat(ws, limits.heartbeat)))
  }
}

/** Cuts a connection whose peer did not answer the ping before: nobody says that a cable was pulled. */
const _heartbeat = (ws: WebSocket, every: Duration.Duration): Effect.Effect<never> =>
  Effect.suspend(() => {
    const peer = { isThere: true }
    const there = () => {
      peer.isThere = true
    }
    // The answer to a ping may stand behind many messages.
    ws.on("pong", there).on("message", there)
    return Effect.sync(() => {
      peer.isThere ? ws.ping() : ws.terminate()
      peer.isThere = false
    }).pipe(Effect.schedule(Schedule.spaced(every)), Effect.zipRight(Effect.never))
  })

export { LiveSocket }
