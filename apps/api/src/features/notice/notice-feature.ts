import { Layer } from "effect"
import { NoticeRepo } from "./notice-repo.ts"
import { NoticeRpcLive } from "./notice-rpc-live.ts"
import { Notices } from "./notices.ts"

/** What is said to one person, as handlers of `Live`. */
const NoticeFeature = NoticeRpcLive.pipe(Layer.provide(Notices.layer), Layer.provide(NoticeRepo.layer))

export { NoticeFeature }
