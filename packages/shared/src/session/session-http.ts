import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Session } from "./session.ts"

/** `/v1/auth`: sign in, sign out, who am I. */
class SessionHttp extends HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("login", "/login")
      .setPayload(Session.Login)
      .addSuccess(Session.Model)
      .addError(Session.Rejected)
  )
  .add(HttpApiEndpoint.get("demoLogins", "/demo-logins").addSuccess(Schema.Array(Session.DemoLogin)))
  .add(HttpApiEndpoint.post("logout", "/logout").middleware(Access.Http))
  .add(HttpApiEndpoint.get("me", "/me").addSuccess(Session.Model).middleware(Access.Http))
  .prefix("/v1/auth") {}

export { SessionHttp }
