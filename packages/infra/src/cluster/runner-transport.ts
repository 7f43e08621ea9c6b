import { createServer } from "node:http"
import { HttpRunner, type RunnerAddress, RunnerServer, Runners, Sharding } from "@effect/cluster"
import { HttpLayerRouter, Socket } from "@effect/platform"
import { NodeHttpClient, NodeHttpServer, NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { RpcClient, RpcSerialization, RpcServer } from "@effect/rpc"
import { Effect, Layer } from "effect"
import { type ClusterSettings } from "./cluster-settings.ts"
import { MessageNotices } from "./messages/message-notices.ts"
import { RefusalReplies } from "./refusal-replies.ts"

type _Options = Pick<ClusterSettings.Options, "listenHost" | "listenPort" | "messages">

const _socketClient = Layer.effect(
  Runners.RpcClientProtocol,
  Effect.map(RpcSerialization.RpcSerialization, (serialization) =>
    Effect.fnUntraced(function* (address: RunnerAddress.RunnerAddress) {
      const socket = yield* NodeSocket.makeNet({
        host: address.host,
        port: address.port,
        noDelay: true,
        timeout: 5500,
        openTimeout: 1000
      })
      return yield* RpcClient.makeProtocolSocket().pipe(
        Effect.provideService(Socket.Socket, socket),
        Effect.provideService(RpcSerialization.RpcSerialization, serialization)
      )
    }, Effect.orDie)
  )
)

const _websocketClient = HttpRunner.layerClientProtocolWebsocketDefault.pipe(
  Layer.provide(NodeSocket.layerWebSocketConstructor)
)

const _httpClient = HttpRunner.layerClientProtocolHttpDefault.pipe(Layer.provide(NodeHttpClient.layerUndici))

const _httpServer = ({ listenHost, listenPort }: _Options) =>
  NodeHttpServer.layer(createServer, { host: listenHost, port: listenPort })

const _runners = {
  batched: MessageNotices.layer.pipe(Layer.provide(Runners.layerRpc)),
  stock: Runners.layerRpc
} as const

/** As the stock runner is put together, with our runners in the place of its own. */
const _runner = ({ messages }: _Options) =>
  RunnerServer.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provideMerge(RefusalReplies.layer.pipe(Layer.provide(_runners[messages])))
  )

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
