import { HttpLayerRouter, type HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { type Rpc, type RpcGroup, RpcServer } from "@effect/rpc"
import { Effect, Layer } from "effect"
import { type FrameCodec } from "./frame-codec.ts"
import { LiveSocket } from "./live-socket.ts"
import { OpenSockets } from "./open-sockets.ts"
import { SocketCalls } from "./socket-calls.ts"
import { SocketClose } from "./socket-close.ts"
import { SocketLimits } from "./socket-limits.ts"
import { SocketProtocol } from "./socket-protocol.ts"

declare namespace WebSocketService {
  type Visitor = {
    /** Whose sockets are counted together. */
    readonly key: string
    readonly requestId: string
    /** Ends when what the socket was opened with is no longer good; the socket is closed with 4401 then. */
    readonly over: Effect.Effect<void>
  }
  type Refusals = SocketCalls.Refusals
  type Options<Rpcs extends Rpc.Any, R> = {
    readonly path: `/${string}`
    readonly group: RpcGroup.RpcGroup<Rpcs>
    readonly kind: FrameCodec.Kind
    /** Who comes: judged before the upgrade, so that a refusal is an answer of HTTP. */
    readonly admit: (
      request: HttpServerRequest.HttpServerRequest
    ) => Effect.Effect<WebSocketService.Visitor, HttpServerResponse.HttpServerResponse, R>
    readonly refusals: WebSocketService.Refusals
    /** What is not named is as in `SocketLimits.standard`. */
    readonly limits?: Partial<SocketLimits.Shape>
  }
}

/**
 * Typed messages over WebSockets: one RPC group at one path, in one of two kinds of frames. What a client
 * may do to a replica is bounded by `SocketLimits`; `docs/errors.md` lists what it is told when it does more.
 */
const WebSocketService = {
  layer: <Rpcs extends SocketCalls.Typed, R>({
    admit,
    group,
    kind,
    limits: given,
    path,
    refusals
  }: WebSocketService.Options<Rpcs, R>) => {
    const limits = { ...SocketLimits.standard, ...given }
    const route = Effect.gen(function* () {
      const router = yield* HttpLayerRouter.HttpRouter
      const { enter } = yield* OpenSockets
      const context = yield* Effect.context<R>()
      const procedures = SocketCalls.procedures(group)
      const { protocol, serve } = yield* SocketProtocol.make({ kind, limits, procedures, refusals })
      const upgrade = LiveSocket.upgrading(limits)

      const host = Effect.fn("WebSocketService.host")(function* (
        request: HttpServerRequest.HttpServerRequest,
        { key, over, requestId }: WebSocketService.Visitor
      ) {
        const socket = yield* upgrade(request)
        const close = (reason: SocketClose.Close) => Effect.sync(() => socket.close(reason))
        const isWelcome = yield* enter(key, limits.socketsPerVisitor)
        const farewell = isWelcome
          ? Effect.as(over, SocketClose.signedOut)
          : Effect.succeed(SocketClose.tooManySockets)
        yield* Effect.forkScoped(Effect.flatMap(farewell, close))
        yield* serve({ socket, requestId, headers: Object.entries(request.headers) })
      }, Effect.scoped)

      yield* router.add("GET", path, (request) =>
        LiveSocket.isUpgrade(request)
          ? admit(request).pipe(
              Effect.flatMap((visitor) => host(request, visitor)),
              Effect.as(HttpServerResponse.empty()),
              // `ws` has told the client by then.
              Effect.catchAll((refused) =>
                Effect.succeed(refused === "Malformed" ? HttpServerResponse.empty({ status: 400 }) : refused)
              ),
              Effect.provide(context)
            )
          : Effect.succeed(HttpServerResponse.empty({ status: 400 }))
      )
      return protocol
    })
    // One broken message must not take the other calls of its socket down.
    return RpcServer.layer(group, { disableFatalDefects: true }).pipe(
      Layer.provide(Layer.effect(RpcServer.Protocol, route))
    )
  }
} as const

export { WebSocketService }
