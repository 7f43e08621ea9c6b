import { type IncomingMessage, request } from "node:http"
import { type Socket } from "node:net"
import { type Duplex } from "node:stream"
import { Backend } from "./backend.ts"
import { ProblemResponse } from "./problem-response.ts"
import { ProxyHeaders } from "./proxy-headers.ts"

/** Asks the first of `candidates` for a WebSocket. From its consent on bytes pass both ways until either side closes. */
const forwardUpgrade = (
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  candidates: Array<Backend>
): void => {
  client.on("error", () => client.destroy())
  const backend = candidates.shift()
  if (backend === undefined) {
    client.end(
      ProblemResponse.raw(incoming, 503, "NoReplicaReady", "No replica is ready. Try again in a moment.")
    )
    return
  }
  const upstream = request({
    host: "127.0.0.1",
    port: backend.port,
    method: incoming.method,
    path: incoming.url,
    agent: false,
    headers: ProxyHeaders.toReplica(incoming, incoming.headers.upgrade ?? "websocket")
  })
  const settle = Backend.count(backend)
  const abandon = () => upstream.destroy()
  client.once("close", abandon)
  upstream.on("upgrade", (response, socket, upstreamHead) => {
    client.off("close", abandon)
    client.write(ProxyHeaders.raw(response))
    tunnel(backend, client, socket, { fromClient: head, fromUpstream: upstreamHead })
  })
  upstream.on("response", (response) => {
    client.write(ProxyHeaders.raw(response, { connection: "close" }))
    response.pipe(client)
    response.on("error", () => client.destroy())
  })
  upstream.on("error", (error: NodeJS.ErrnoException) => {
    client.off("close", abandon)
    if (client.destroyed) return
    backend.failures++
    if (error.code !== "ECONNREFUSED") {
      client.end(
        ProblemResponse.raw(
          incoming,
          502,
          "ReplicaLost",
          "The replica went away while it handled the request."
        )
      )
      return
    }
    backend.ready = false
    forwardUpgrade(incoming, client, head, candidates)
  })
  upstream.on("close", settle)
  upstream.end()
}

const tunnel = (
  backend: Backend,
  client: Duplex,
  upstream: Duplex,
  heads: { readonly fromClient: Buffer; readonly fromUpstream: Buffer }
) => {
  backend.webSockets.add(client)
  for (const socket of [client, upstream]) (socket as Socket).setTimeout(0).setNoDelay(true)
  if (heads.fromUpstream.length > 0) client.write(heads.fromUpstream)
  if (heads.fromClient.length > 0) upstream.write(heads.fromClient)
  client.pipe(upstream)
  upstream.pipe(client)
  const close = () => {
    backend.webSockets.delete(client)
    client.destroy()
    upstream.destroy()
  }
  for (const socket of [client, upstream]) {
    socket.on("error", close)
    socket.on("close", close)
  }
}

export { forwardUpgrade }
