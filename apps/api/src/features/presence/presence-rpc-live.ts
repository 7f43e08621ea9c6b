import { PresenceRpc } from "@tessera/shared/presence/presence-rpc"
import { Effect } from "effect"
import { Presences } from "./presences.ts"

/** Maps `PresenceRpc` onto `Presences`; its half of `Live`. */
const PresenceRpcLive = PresenceRpc.toLayer(
  Effect.map(Presences, ({ watch }) => PresenceRpc.of({ "presence.watch": () => watch }))
)

export { PresenceRpcLive }
