import { Layer } from "effect"
import { AccessHttpLive } from "./access-http-live.ts"
import { AccessRpcLive } from "./access-rpc-live.ts"
import { Authenticator } from "./authenticator.ts"
import { Credentials } from "./credentials.ts"

/**
 * Everything behind "who is it?": both middlewares, and the services that sign-in and the socket routes
 * share.
 */
const AccessLive = Layer.merge(AccessHttpLive, AccessRpcLive).pipe(
  Layer.provideMerge(Authenticator.layer),
  Layer.provideMerge(Credentials.layer)
)

export { AccessLive }
