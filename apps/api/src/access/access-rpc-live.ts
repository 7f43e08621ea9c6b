import { Access } from "@tessera/shared/access/access"
import { Effect, Layer } from "effect"
import { Authenticator } from "./authenticator.ts"

/**
 * Who sends this WebSocket message: the server merges the headers of the upgrade into each message. The
 * `Origin` of the upgrade was judged by the route, since a message could bring an `origin` header of its
 * own.
 */
const AccessRpcLive = Layer.effect(
  Access.Rpc,
  Effect.map(Authenticator, ({ byHeaders }) => Access.Rpc.of(({ headers }) => byHeaders(headers)))
)

export { AccessRpcLive }
