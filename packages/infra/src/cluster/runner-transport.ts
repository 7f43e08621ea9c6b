import { createServer } from "node:http"
import { createConnection } from "node:net"
import { HttpRunner, type RunnerAddress, RunnerServer, Runners, Sharding } from "@effect/cluster"
import { HttpLayerRouter, Socket, SocketServer } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer, NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { RpcClient, RpcSerialization, RpcServer } from "@effect/rpc"
import { Effect, Layer, Option } from "effect"
import { type ClusterSettings } from "./cluster-settings.ts"
import { GatheredWrites } from "./gathered-writes.ts"
import { BatchedRunners } from "./messages/batched-runners.ts"
import { RefusalReplies } from "./refusal-replies.ts"

type _Options = Pick<ClusterSettings.Options, "listenHost" | "listenPort" | "messages">

const _connected = ({ host, port }: RunnerAddress.RunnerAddress) =>
  Effect.suspend(() => {
    const socket = GatheredWrites.on(createConnection({ host, port, noDelay: true, timeout: 5500 }))
    return Effect.zipRight(
      Effect.addFinalizer(() => Effect.sync(() => socket.destroySoon())),
      Effect.async<typeof socket, Socket.SocketError>((resume) => {
        socket.once("connect", () => resume(Effect.succeed(socket)))
        socket.on("error", (cause) =>
          resume(Effect.fail(new Socket.SocketGenericError({ reason: "Open", cause })))
        )
      })
    )
  })

const _socketClient = Layer.effect(
  Runners.RpcClientProtocol,
  Effect.map(RpcSerialization.RpcSerialization, (serialization) =>
    Effect.fnUntraced(function* (address: RunnerAddress.RunnerAddress) {
      const socket = yield* NodeSocket.fromDuplex(_connected(address), { openTimeout: "1 second" })
      return yield* RpcClient.makeProtocolSocket().pipe(
        Effect.provideService(Socket.Socket, socket),
        Effect.provideService(RpcSerialization.RpcSerialization, serialization)
      )
    }, Effect.orDie)
  )
)

/** Of the connection that is being served. */
const _gathered = Effect.map(Effect.serviceOption(NodeSocket.NetSocket), Option.map(GatheredWrites.on))

const _gathering = Layer.effect(
  SocketServer.SocketServer,
  Effect.map(SocketServer.SocketServer, (server) =>
    SocketServer.SocketServer.of({
      ...server,
      run: (handler) => server.run((socket) => Effect.zipRight(_gathered, handler(socket)))
    })
  )
)

const _websocketClient = HttpRunner.layerClientProtocolWebsocketDefault.pipe(
  Layer.provide(NodeSocket.layerWebSocketConstructor)
)

const _httpClient = HttpRunner.layerClientProtocolHttpDefault.pipe(Layer.provide(NodeHttpClient.layerUndici))

const _httpServer = ({ listenHost, listenPort }: _Options) =>
  NodeHttpServer.layer(createServer, { host: listenHost, port: listenPort })

const _sides = {
  batched: { runners: BatchedRunners.layer, server: BatchedRunners.server },
  stock: { runners: Runners.layerRpc, server: RunnerServer.layer }
} as const

/** As the stock runner is put together, with our runners in the place of its own. */
const _runner = ({ messages }: _Options) => {
  const { runners, server } = _sides[messages]
  return server.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provideMerge(RefusalReplies.layer.pipe(Layer.provide(runners)))
  )
}

const _path = { path: "/" } as const

/**
 * Runner to runner. `socket` is plain TCP with `TCP_NODELAY` at both ends: the stock socket waits for Nagle
 * and delayed ACK, which costs about 90 ms for each chunk of a remote stream. `websocket` and `http` are for
 * networks that let nothing else through.
 */
const RunnerTransport = {
  socket: {
    client: _socketClient,
    runner: (options: _Options) =>
      _runner(options).pipe(
        Layer.provide(RpcServer.layerProtocolSocketServer),
        Layer.provide(_gathering),
        Layer.provide(
          NodeSocketServer.layer({ host: options.listenHost, port: options.listenPort, noDelay: true })
        ),
        Layer.provide(_socketClient)
      )
  },
  websocket: {
    client: _websocketClient,
    runner: (options: _Options) =>
      HttpLayerRouter.serve(
        _runner(options).pipe(Layer.provide(RpcServer.layerProtocolWebsocketRouter(_path)))
      ).pipe(Layer.provide(_httpServer(options)), Layer.provide(_websocketClient))
  },
  http: {
    client: _httpClient,
    runner: (options: _Options) =>
      HttpLayerRouter.serve(
        _runner(options).pipe(Layer.provide(RpcServer.layerProtocolHttpRouter(_path)))
      ).pipe(Layer.provide(_httpServer(options)), Layer.provide(_httpClient))
  }
} as const

export { RunnerTransport }
