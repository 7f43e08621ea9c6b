// Stands in for a replica: healthy, unless `<DATA_DIR>/unready-<REPLICA_ID>` exists; says what it saw.
import { existsSync } from "node:fs"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { join } from "node:path"

// Comes with @effect/platform-node.
const { WebSocketServer } = createRequire(import.meta.url)("ws")
const { DATA_DIR, HTTP_PORT, REPLICA_ID, SANDBOX_PORT } = process.env
let abandoned = 0

const send = (response, status, body) => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}

const routes = {
  "/health/live": (_request, response) => send(response, 200, {}),
  "/health/ready": (_request, response) =>
    send(response, existsSync(join(DATA_DIR, `unready-${REPLICA_ID}`)) ? 503 : 200, {}),
  "/whoami": (request, response) =>
    send(response, 200, { replica: REPLICA_ID, pid: process.pid, abandoned, headers: request.headers }),
  "/env": (_request, response) => send(response, 200, process.env),
  "/upload": (request, response) => {
    let bytes = 0
    request.on("data", (chunk) => {
      bytes += chunk.length
    })
    request.on("end", () => send(response, 200, { replica: REPLICA_ID, bytes }))
  },
  "/events": (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write(`data: ${REPLICA_ID}\n\n`)
    response.on("close", () => {
      abandoned++
    })
  },
  "/warn": (_request, response) => {
    console.log("timestamp=now level=WARN fiber=#1 message=look-here")
    send(response, 200, {})
  }
}

const server = createServer((request, response) =>
  (routes[request.url] ?? ((_, answer) => send(answer, 404, {})))(request, response)
)
new WebSocketServer({ server, path: "/echo" }).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(`${REPLICA_ID} ${data}`))
})
server.listen(Number(HTTP_PORT ?? SANDBOX_PORT), "127.0.0.1")
process.on("SIGTERM", () => process.exit(0))
