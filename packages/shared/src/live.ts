import { DashboardRpc } from "./dashboard/dashboard-rpc.ts"
import { EventRpc } from "./event/event-rpc.ts"
import { LiveRefusal } from "./live-refusal.ts"
import { NoticeRpc } from "./notice/notice-rpc.ts"
import { PresenceRpc } from "./presence/presence-rpc.ts"
import { ClusterRpc } from "./replica/cluster-rpc.ts"

/** Every typed WebSocket message: served at `/rpc` (MsgPack) and `/rpc/json`. */
class Live extends EventRpc.merge(DashboardRpc, ClusterRpc, NoticeRpc, PresenceRpc).middleware(
  LiveRefusal.Guard
) {}

export { Live }
