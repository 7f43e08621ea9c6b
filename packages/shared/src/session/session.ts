import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Problem } from "../problem.ts"
import { Tenant } from "../tenant/tenant.ts"

const _UserId = Schema.UUID.pipe(Schema.brand("UserId"))
const _Email = Schema.Lowercase.pipe(
  Schema.compose(Schema.String.pipe(Schema.pattern(/^[^\s@]+@[^\s@]+\.[^\s@]+$/), Schema.maxLength(254))),
  Schema.brand("Email")
)

/** Who is signed in, to which tenant, with which role. */
class _Model extends Schema.Class<_Model>("Session")({
  actorId: Schema.String,
  name: Schema.String,
  email: Schema.NullOr(Schema.String),
  role: Access.Role,
  tenant: Tenant.Model,
  /** True where the process runs with demo-only features (failure panel, kill buttons). */
  demo: Schema.Boolean
}) {}

class _Login extends Schema.Class<_Login>("Session.Login")({
  email: _Email,
  password: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(200))
}) {}

/** A sign-in that the demo offers as a button. */
class _DemoLogin extends Schema.Class<_DemoLogin>("Session.DemoLogin")({
  tenant: Schema.String,
  email: Schema.String,
  password: Schema.String,
  role: Access.Role
}) {}

class _Rejected extends Schema.TaggedError<_Rejected>()(
  "Session.Rejected",
  Problem.fields("Session.Rejected", 401, "E-mail or password is wrong"),
  Problem.annotations(401)
) {}

const Session = {
  UserId: _UserId,
  Email: _Email,
  Model: _Model,
  Login: _Login,
  DemoLogin: _DemoLogin,
  Rejected: _Rejected,
  cookie: "tessera_session"
} as const

declare namespace Session {
  type UserId = typeof _UserId.Type
  type Email = typeof _Email.Type
  type Model = _Model
  type Login = _Login
  type DemoLogin = _DemoLogin
  type Rejected = _Rejected
}

export { Session }
