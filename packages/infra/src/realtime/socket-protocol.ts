import { type RpcMessage, RpcServer } from "@effect/rpc"
import { Effect, FiberSet, Mailbox, MutableRef, Option } from "effect"
import { SocketVisit } from "./socket-visit.ts"

type _Write = (clientId: number, message: RpcMessage.FromClientEncoded) => Effect.Effect<void>

declare namespace SocketProtocol {
  type Made = {
    readonly protocol: RpcServer.Protocol["Type"]
    /** Serves one socket until it is closed. */
    readonly serve: (visitor: SocketVisit.Visitor) => Effect.Effect<void>
  }
}

/** The transport under Effect's RPC server for all sockets of one endpoint. */
const SocketProtocol = {
  make: (options: SocketVisit.Options): Effect.Effect<SocketProtocol.Made> =>
    Effect.gen(function* () {
      const disconnects = yield* Mailbox.make<number>()
      const visits = new Map<number, SocketVisit.Shape>()
      const numbers = MutableRef.make(0)
      const server = MutableRef.make<_Write>(() => Effect.void)

      const protocol = yield* RpcServer.Protocol.make((write) => {
        MutableRef.set(server, write)
        return Effect.succeed({
          disconnects,
          send: (clientId, response) =>
            Option.match(Option.fromNullable(visits.get(clientId)), {
              onNone: () => Effect.void,
              onSome: ({ answer }) => answer(response)
            }),
          end: () => Effect.void,
          clientIds: Effect.sync(() => new Set(visits.keys())),
          initialMessage: Effect.succeedNone,
          supportsAck: true,
          supportsTransferables: false,
          supportsSpanPropagation: true
        })
      })

      const serve = (visitor: SocketVisit.Visitor) =>
        Effect.gen(function* () {
          const clientId = MutableRef.incrementAndGet(numbers)
          const visit = SocketVisit.make(options, visitor, (message) =>
            MutableRef.get(server)(clientId, message)
          )
          yield* Effect.acquireRelease(
            Effect.sync(() => visits.set(clientId, visit)),
            () =>
              Effect.zipRight(
                Effect.sync(() => visits.delete(clientId)),
                disconnects.offer(clientId)
              )
          )
          const run = yield* FiberSet.makeRuntime<never>()
          yield* visitor.socket.frames((frame) => {
            run(visit.take(frame))
          })
        }).pipe(Effect.scoped)

      return { protocol, serve }
    })
} as const

export { SocketProtocol }
