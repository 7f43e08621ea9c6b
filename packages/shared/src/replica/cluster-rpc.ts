import { Rpc, RpcGroup } from "@effect/rpc"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Cluster } from "./cluster.ts"

/**
 * `cluster.watch` sends the cluster now, and again when it changed: at most twice a second, at least every
 * two seconds. `cluster.self` tells who answers on this socket.
 */
class ClusterRpc extends RpcGroup.make(
  Rpc.make("cluster.watch", { success: Cluster.Snapshot, stream: true }),
  Rpc.make("cluster.self", { success: Schema.Struct({ replica: Schema.String }) })
).middleware(Access.Rpc) {}

export { ClusterRpc }
