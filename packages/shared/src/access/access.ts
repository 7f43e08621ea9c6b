import { HttpApiMiddleware, HttpApiSecurity } from "@effect/platform"
import { RpcMiddleware } from "@effect/rpc"
import { Tenancy } from "@tessera/infra/tenancy"
import { Schema } from "effect"
import { Problem } from "../problem.ts"

const _Role = Schema.Literal("owner", "admin", "operator", "viewer")

/**
 * `read` sees, `operate` runs the daily business, `manage` changes how the tenant is wired, `own` is the
 * tenant itself.
 */
const _Action = Schema.Literal("read", "operate", "manage", "own")

const _allowed = {
  owner: ["read", "operate", "manage", "own"],
  admin: ["read", "operate", "manage"],
  operator: ["read", "operate"],
  viewer: ["read"]
} as const satisfies Record<Access.Role, ReadonlyArray<Access.Action>>

class _Unauthenticated extends Schema.TaggedError<_Unauthenticated>()(
  "Access.Unauthenticated",
  Problem.fields("Access.Unauthenticated", 401, "Sign in first"),
  Problem.annotations(401)
) {}

class _Denied extends Schema.TaggedError<_Denied>()(
  "Access.Denied",
  { ...Problem.fields("Access.Denied", 403, "Your role does not allow this"), action: _Action },
  Problem.annotations(403)
) {}

/**
 * Resolves the session cookie or the API key to an actor. Declared here so that contracts can name it.
 * @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext
 */
class _Http extends HttpApiMiddleware.Tag<_Http>()("Access.Http", {
  failure: _Unauthenticated,
  provides: Tenancy.Current,
  security: {
    apiKey: HttpApiSecurity.bearer,
    session: HttpApiSecurity.apiKey({ in: "cookie", key: "tessera_session" })
  }
}) {}

/**
 * The same for WebSocket messages: the cookie of the upgrade, or an `authorization` header in the message.
 */
class _Rpc extends RpcMiddleware.Tag<_Rpc>()("Access.Rpc", {
  failure: _Unauthenticated,
  provides: Tenancy.Current
}) {}

const Access = {
  Role: _Role,
  Action: _Action,
  Unauthenticated: _Unauthenticated,
  Denied: _Denied,
  Http: _Http,
  Rpc: _Rpc,
  permits: (role: string, action: Access.Action): boolean =>
    Object.entries(_allowed).some(
      ([name, actions]) => name === role && actions.some((allowed) => allowed === action)
    )
} as const

declare namespace Access {
  type Role = typeof _Role.Type
  type Action = typeof _Action.Type
  type Denied = _Denied
  type Unauthenticated = _Unauthenticated
}

export { Access }
