import { Layer } from "effect"
import { PresenceRepo } from "./presence-repo.ts"
import { PresenceRpcLive } from "./presence-rpc-live.ts"
import { Presences } from "./presences.ts"

/** Who is online, as handlers of `Live`. */
const PresenceFeature = PresenceRpcLive.pipe(
  Layer.provide(Presences.layer),
  Layer.provide(PresenceRepo.layer)
)

export { PresenceFeature }
