import { Rpc, RpcGroup } from "@effect/rpc"
import { Access } from "../access/access.ts"
import { Dashboard } from "./dashboard.ts"

/** The numbers now, and again whenever an event changed them, at most four times a second. */
class DashboardRpc extends RpcGroup.make(
  Rpc.make("dashboard.watch", { success: Dashboard.Model, stream: true })
).middleware(Access.Rpc) {}

export { DashboardRpc }
