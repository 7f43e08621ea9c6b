import { NoticeRpc } from "@tessera/shared/notice/notice-rpc"
import { Effect } from "effect"
import { Notices } from "./notices.ts"

/** Maps `NoticeRpc` onto `Notices`; its half of `Live`. */
const NoticeRpcLive = NoticeRpc.toLayer(
  Effect.map(Notices, ({ watch }) => NoticeRpc.of({ "notice.watch": () => watch }))
)

export { NoticeRpcLive }
