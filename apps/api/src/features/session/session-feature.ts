import { Layer } from "effect"
import { DemoLogins } from "./demo-logins.ts"
import { LoginLimiter } from "./login-limiter.ts"
import { SessionHttpLive } from "./session-http-live.ts"
import { SessionRepo } from "./session-repo.ts"
import { Sessions } from "./sessions.ts"

/**
 * `/v1/auth`. Its `Credentials` must be the ones behind `Access.Http`, or a sign-out takes 5 s on this
 * replica, too.
 */
const SessionFeature = SessionHttpLive.pipe(
  Layer.provide([Sessions.layer, DemoLogins.layer]),
  Layer.provide([SessionRepo.layer, LoginLimiter.layer])
)

export { SessionFeature }
