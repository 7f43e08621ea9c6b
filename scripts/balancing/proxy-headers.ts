import { randomUUID } from "node:crypto"
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from "node:http"

const _hopByHop = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
]

/** Which headers go on to the other side, and what the balancer adds. */
const ProxyHeaders = {
  /** For the replica. Pass `upgrade` to ask for a WebSocket. */
  toReplica: (incoming: IncomingMessage, upgrade: string | undefined): OutgoingHttpHeaders => ({
    ...withoutHopByHop(incoming.headers),
    ...(incoming.headers["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
    ...(upgrade === undefined ? {} : { connection: "Upgrade", upgrade }),
    // Set, not appended: this is the outermost proxy, and what a client writes here is not to be believed.
    "x-forwarded-for": incoming.socket.remoteAddress ?? "",
    "x-forwarded-proto": "http",
    "x-forwarded-host": incoming.headers.host ?? "",
    "x-request-id": ProxyHeaders.requestId(incoming)
  }),

  /** For the client: everything that is not about the connection to the replica. */
  withoutHopByHop: (headers: IncomingHttpHeaders): OutgoingHttpHeaders => {
    const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase())
    return Object.fromEntries(
      Object.entries(headers).filter(([name]) => !_hopByHop.includes(name) && !named.includes(name))
    )
  },

  requestId: (incoming: IncomingMessage): string => {
    const given = incoming.headers["x-request-id"]
    if (typeof given === "string" && given !== "") return given
    const made = randomUUID()
    // Kept, so that a second try and a refusal carry the same one.
    incoming.headers["x-request-id"] = made
    return made
  },

  /** Status line and headers as they came, for a socket that is written to directly. */
  raw: (response: IncomingMessage, replaced: Readonly<Record<string, string>> = {}): string => {
    const skipped = [
      ...Object.keys(replaced),
      ...(response.statusCode === 101 ? [] : ["transfer-encoding", "keep-alive"])
    ]
    const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`]
    for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
      const name = response.rawHeaders[i] ?? ""
      if (!skipped.includes(name.toLowerCase())) lines.push(`${name}: ${response.rawHeaders[i + 1]}`)
    }
    for (const [name, value] of Object.entries(replaced)) lines.push(`${name}: ${value}`)
    return `${lines.join("\r\n")}\r\n\r\n`
  }
}

const withoutHopByHop = (headers: IncomingHttpHeaders) => ProxyHeaders.withoutHopByHop(headers)

export { ProxyHeaders }
