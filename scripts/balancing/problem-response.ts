import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http"
import { ProxyHeaders } from "./proxy-headers.ts"

/** What the balancer itself answers when it has no replica's answer to pass on: an RFC 9457 problem. */
const ProblemResponse = {
  send: (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    status: number,
    code: string,
    detail: string
  ) => {
    if (outgoing.destroyed) return
    outgoing.writeHead(status, {
      "content-type": "application/problem+json",
      "x-request-id": ProxyHeaders.requestId(incoming),
      ...(status === 503 ? { "retry-after": "1" } : {})
    })
    outgoing.end(problem(incoming, status, code, detail))
  },

  /** The same for a socket that waits for a WebSocket, as the bytes of a whole response. */
  raw: (incoming: IncomingMessage, status: number, code: string, detail: string): string => {
    const body = problem(incoming, status, code, detail)
    return [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      ...(status === 503 ? ["retry-after: 1"] : []),
      "connection: close",
      "",
      body
    ].join("\r\n")
  }
}

const problem = (incoming: IncomingMessage, status: number, code: string, detail: string) =>
  JSON.stringify({
    type: `https://tessera.dev/problems/${code}`,
    title: STATUS_CODES[status],
    status,
    code,
    detail,
    requestId: ProxyHeaders.requestId(incoming)
  })

export { ProblemResponse }
