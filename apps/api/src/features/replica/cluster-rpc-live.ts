import { ClusterRpc } from "@tessera/shared/replica/cluster-rpc"
import { Effect } from "effect"
import { Clusters } from "./clusters.ts"
import { ReplicaSelf } from "./replica-self.ts"

/** Maps `ClusterRpc` onto `Clusters`; its part of `Live`. */
const ClusterRpcLive = ClusterRpc.toLayer(
  Effect.gen(function* () {
    const { watch } = yield* Clusters
    const { id: replica } = yield* ReplicaSelf
    return ClusterRpc.of({ "cluster.watch": () => watch, "cluster.self": () => Effect.succeed({ replica }) })
  })
)

export { ClusterRpcLive }
