import { Rpc, RpcGroup } from "@effect/rpc"
import { Access } from "../access/access.ts"
import { Presence } from "./presence.ts"

/**
 * Who is online in the tenant, on all replicas: now, then each change, at most four a second. Who watches is
 * online. A replica that was killed takes its people along after at most 15 s.
 */
class PresenceRpc extends RpcGroup.make(
  Rpc.make("presence.watch", { success: Presence.Model, stream: true })
).middleware(Access.Rpc) {}

export { PresenceRpc }
