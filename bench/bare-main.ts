// The least that hands a message to many: `ws`, and nothing behind it. POST /<tenant> sends the body to all sockets of /<tenant>.
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { type Duplex } from "node:stream"
import { Packr } from "msgpackr"
import { monotonic } from "./support/monotonic.ts"

interface Peer {
  readonly send: (bytes: Uint8Array) => void
  readonly on: (event: "close", listener: () => void) => void
}
interface Peers {
  readonly handleUpgrade: (request: object, socket: Duplex, head: Buffer, done: (peer: Peer) => void) => void
}

// The package has no types.
const { WebSocketServer } = createRequire(import.meta.url)("ws") as {
  WebSocketServer: new (options: object) => Peers
}
const packer = new Packr({ useRecords: false })
const peers = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const tenants = new Map<string, Set<Peer>>()

const of = (url = "/") => {
  const known = tenants.get(url) ?? new Set<Peer>()
  tenants.set(url, known)
  return known
}

const server = createServer((incoming, outgoing) => {
  const chunks: Array<Buffer> = []
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
  incoming.on("end", () => {
    const bytes = packer.pack(JSON.parse(Buffer.concat(chunks).toString()))
    const at = monotonic()
    for (const peer of of(incoming.url)) peer.send(bytes)
    outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ at }))
  })
})
server.keepAliveTimeout = 60_000
server.on("upgrade", (request, socket, head) => {
  peers.handleUpgrade(request, socket, head, (peer) => {
    const known = of(request.url)
    known.add(peer)
    peer.on("close", () => known.delete(peer))
  })
})
server.listen(Number(process.argv[2]), "127.0.0.1", () => process.send?.("listening"))
process.on("disconnect", () => process.exit(0))
