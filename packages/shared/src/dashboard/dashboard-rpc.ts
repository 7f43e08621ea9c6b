import { Rpc, RpcGroup } from "@effect/rpc"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Dashboard } from "./dashboard.ts"

/**
 * `dashboard.watch`: the numbers now, and again whenever they changed, at most four times a second.
 * `dashboard.clock`: the time by the clock that dates events, in milliseconds; a browser measures against it.
 */
class DashboardRpc extends RpcGroup.make(
  Rpc.make("dashboard.watch", {
    payload: { range: Schema.optional(Dashboard.Range) },
    success: Dashboard.Model,
    stream: true
  }),
  Rpc.make("dashboard.clock", { success: Schema.Number })
).middleware(Access.Rpc) {}

export { DashboardRpc }
