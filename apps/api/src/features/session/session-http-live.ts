import { HttpApiBuilder } from "@effect/platform"
import { Access } from "@tessera/shared/access/access"
import { Api } from "@tessera/shared/api"
import { Session } from "@tessera/shared/session/session"
import { Duration, Effect, Option } from "effect"
import { AccessSettings } from "../../access/access-settings.ts"
import { OriginPolicy } from "../../access/origin-policy.ts"
import { DemoLogins } from "./demo-logins.ts"
import { Sessions } from "./sessions.ts"

/**
 * `SessionHttp` onto `Sessions`; sets and clears the cookie. A foreign page cannot sign its visitor in
 * here.
 */
const SessionHttpLive = HttpApiBuilder.group(Api, "session", (handlers) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const demoLogins = yield* DemoLogins
    const { publicUrl } = yield* AccessSettings

    const setCookie = (token: string, maxAge: Duration.Duration) =>
      HttpApiBuilder.securitySetCookie(Access.Http.security.session, token, {
        httpOnly: true,
        sameSite: "lax",
        secure: publicUrl.protocol === "https:",
        path: "/",
        maxAge
      })

    return handlers
      .handle("login", ({ payload, request: { headers, remoteAddress } }) =>
        Effect.succeed(headers).pipe(
          Effect.filterOrFail(
            () => OriginPolicy.isOurs({ headers, publicUrl }),
            () => Session.Rejected.make({ detail: "The page that sent this request is not ours" })
          ),
          Effect.zipRight(
            sessions.open({ login: payload, address: Option.getOrElse(remoteAddress, () => "") })
          ),
          Effect.tap(({ token }) => setCookie(token, Duration.hours(Sessions.hours))),
          Effect.map(({ session }) => session)
        )
      )
      .handle("demoLogins", () => demoLogins.list)
      .handle("logout", ({ request: { cookies } }) =>
        Effect.zipRight(sessions.close(cookies[Session.cookie] ?? ""), setCookie("", Duration.zero))
      )
      .handle("me", () => sessions.current)
  })
)

export { SessionHttpLive }
