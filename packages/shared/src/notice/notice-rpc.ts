import { Rpc, RpcGroup } from "@effect/rpc"
import { Access } from "../access/access.ts"
import { Notice } from "./notice.ts"

/**
 * What is said to the signed-in person from now on: that an import of theirs has ended; to who may manage the
 * tenant, that an order waits for approval. Best effort: the event log has the same facts and loses none.
 */
class NoticeRpc extends RpcGroup.make(
  Rpc.make("notice.watch", { success: Notice.Model, stream: true })
).middleware(Access.Rpc) {}

export { NoticeRpc }
