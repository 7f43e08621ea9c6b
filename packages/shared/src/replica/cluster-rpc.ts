import { Rpc, RpcGroup } from "@effect/rpc"
import { Access } from "../access/access.ts"
import { Cluster } from "./cluster.ts"

/** The cluster now, and again when it changed: at most twice a second, at least every two seconds. */
class ClusterRpc extends RpcGroup.make(
  Rpc.make("cluster.watch", { success: Cluster.Snapshot, stream: true })
).middleware(Access.Rpc) {}

export { ClusterRpc }
