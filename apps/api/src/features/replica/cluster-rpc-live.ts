import { ClusterRpc } from "@tessera/shared/replica/cluster-rpc"
import { Effect } from "effect"
import { Clusters } from "./clusters.ts"

/** Maps `ClusterRpc` onto `Clusters`; its part of `Live`. */
const ClusterRpcLive = ClusterRpc.toLayer(
  Effect.map(Clusters, (clusters) => ClusterRpc.of({ "cluster.watch": () => clusters.watch }))
)

export { ClusterRpcLive }
