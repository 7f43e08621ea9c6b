import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http"
import { type Socket } from "node:net"
import { Backend } from "./backend.ts"
import { ProblemResponse } from "./problem-response.ts"
import { ProxyHeaders } from "./proxy-headers.ts"

// Node has it; its types do not.
type WithResponse = ClientRequest & { readonly res?: IncomingMessage | null }

/**
 * Streams a request to the first of `candidates` and its answer back. The next one is tried only when nothing was sent.
 * Whoever leaves, the other side is told: a client's going ends the request upstream, a replica's death the answer.
 */
const forwardRequest = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  candidates: Array<Backend>
): void => {
  if (outgoing.destroyed) return
  const backend = candidates.shift()
  if (backend === undefined) {
    incoming.resume()
    ProblemResponse.send(
      incoming,
      outgoing,
      503,
      "NoReplicaReady",
      "No replica is ready. Try again in a moment."
    )
    return
  }
  const upstream = request({
    host: "127.0.0.1",
    port: backend.port,
    method: incoming.method,
    path: incoming.url,
    agent: backend.agent,
    headers: ProxyHeaders.toReplica(incoming, undefined)
  })
  const body = bodyOf(incoming)
  let wasSent = false
  const settle = Backend.count(backend)
  const send = () => {
    wasSent = true
    if (body === "none") upstream.end()
    else incoming.pipe(upstream)
  }
  // The body is touched only once there is a connection, so that a refused one leaves it whole for the next replica.
  upstream.on("socket", (socket: Socket) => (socket.connecting ? socket.once("connect", send) : send()))
  upstream.on("response", (response) => answer(incoming, outgoing, response, backend))
  upstream.on("error", (error: NodeJS.ErrnoException) => {
    incoming.unpipe(upstream)
    if (outgoing.headersSent || outgoing.destroyed) {
      // After an early answer (413) the replica may close while the client still sends: that answer stands.
      if (
        !outgoing.writableFinished &&
        !outgoing.destroyed &&
        (upstream as WithResponse).res?.complete !== true
      )
        outgoing.destroy()
      return
    }
    backend.failures++
    if (error.code === "ECONNREFUSED") backend.ready = false
    // A kept connection may be closed from the other side at this very moment; reading once more changes nothing.
    const isStaleRead =
      upstream.reusedSocket && body === "none" && ["GET", "HEAD"].includes(incoming.method ?? "")
    if (!wasSent || isStaleRead) {
      forwardRequest(incoming, outgoing, isStaleRead ? [...candidates, backend] : candidates)
      return
    }
    incoming.resume()
    ProblemResponse.send(
      incoming,
      outgoing,
      502,
      "ReplicaLost",
      "The replica went away while it handled the request."
    )
  })
  upstream.on("close", settle)
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) upstream.destroy()
  })
}

const answer = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: IncomingMessage,
  backend: Backend
) => {
  outgoing.writeHead(
    response.statusCode ?? 502,
    response.statusMessage,
    ProxyHeaders.withoutHopByHop(response.headers)
  )
  // An event stream may have nothing to say for long; its headers go out now.
  outgoing.flushHeaders()
  response.pipe(outgoing)
  response.on("error", () => outgoing.destroy())
  response.on("close", () => {
    if (response.complete) return
    if (!outgoing.destroyed) backend.failures++
    outgoing.destroy()
    incoming.resume()
  })
}

const bodyOf = (incoming: IncomingMessage): "none" | "some" =>
  incoming.headers["transfer-encoding"] === undefined && (incoming.headers["content-length"] ?? "0") === "0"
    ? "none"
    : "some"

export { forwardRequest }
