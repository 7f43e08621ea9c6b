import { once } from "node:events"
import { createServer, type Server, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { PostgresSocket } from "./postgres-socket.ts"

const patience = 150

const listening = (answer: (socket: Socket) => void) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer(answer)
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return server
    }),
    (server) => Effect.sync(() => server.close())
  )

const port = (server: Server) => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const connected = (server: Server) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const socket = new PostgresSocket(patience)
      socket.connect(port(server), "127.0.0.1")
      await once(socket, "connect")
      return socket
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

describe("PostgresSocket", () => {
  it.scopedLive("ends itself when nothing answers what it sent", () =>
    Effect.gen(function* () {
      const socket = yield* connected(yield* listening((peer) => peer.resume()))

      socket.write("SELECT 1")
      const error = yield* Effect.promise(() => once(socket, "close").then(() => "closed", String))

      assert.match(error, /did not answer in time/)
      assert.isTrue(socket.destroyed)
    })
  )

  it.scopedLive("stays while it is idle, after an answer and before the first word", () =>
    Effect.gen(function* () {
      const server = yield* listening((peer) => peer.on("data", (chunk) => peer.write(chunk)))
      const silent = yield* connected(server)
      const answered = yield* connected(server)

      answered.write("SELECT 1")
      yield* Effect.promise(() => once(answered.resume(), "data"))
      yield* Effect.promise(() => Promise.all([once(silent, "timeout"), once(answered, "timeout")]))

      assert.isFalse(silent.destroyed)
      assert.isFalse(answered.destroyed)
    })
  )
})
