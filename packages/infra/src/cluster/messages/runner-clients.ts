import { type RunnerAddress, Runners } from "@effect/cluster"
import { RpcClient, type RpcClientError } from "@effect/rpc"
import { Duration, Effect, RcMap } from "effect"
import { ReplyRpcs } from "./reply-rpcs.ts"

/** What runners say to each other: the stock calls, and one for many replies. */
class _Rpcs extends Runners.Rpcs.merge(ReplyRpcs) {}

declare namespace RunnerClients {
  type Client = RpcClient.FromGroup<typeof _Rpcs, RpcClientError.RpcClientError>
  type Shape = RcMap.RcMap<RunnerAddress.RunnerAddress, RunnerClients.Client>
}

const _idle = Duration.minutes(3)

/** One connection to each runner that is talked to. */
const RunnerClients = {
  rpcs: _Rpcs,
  /** Two addresses of one runner are not one object. */
  key: ({ host, port }: RunnerAddress.RunnerAddress): string => `${host}:${port}`,
  make: Effect.flatMap(Runners.RpcClientProtocol, (connect) =>
    RcMap.make({
      lookup: (address: RunnerAddress.RunnerAddress) =>
        Effect.flatMap(connect(address), (protocol) =>
          RpcClient.make(_Rpcs, { spanPrefix: "Runners", disableTracing: true }).pipe(
            Effect.provideService(RpcClient.Protocol, protocol)
          )
        ),
      idleTimeToLive: _idle
    })
  )
} as const

export { RunnerClients }
