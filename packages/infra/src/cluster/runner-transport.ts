import { type RunnerAddress, Runners } from "@effect/cluster"
import { Socket } from "@effect/platform"
import { NodeSocket, NodeSocketServer } from "@effect/platform-node"
import { RpcClient, RpcSerialization } from "@effect/rpc"
import { Effect, Layer } from "effect"

const _client = Layer.effect(
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

/**
 * Runner to runner over TCP with `TCP_NODELAY` at both ends: the stock socket waits for Nagle and delayed
 * ACK, which costs about 90 ms for each chunk of a remote stream.
 */
const RunnerTransport = {
  client: _client,
  server: (options: { readonly host: string; readonly port: number }) =>
    NodeSocketServer.layer({ host: options.host, port: options.port, noDelay: true })
} as const

export { RunnerTransport }
