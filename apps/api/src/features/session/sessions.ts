import { randomBytes } from "node:crypto"
import { Identifier } from "@tessera/infra/context/identifier"
import { Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Session } from "@tessera/shared/session/session"
import { Context, Effect, Layer, Option } from "effect"
import { AccessSettings } from "../../access/access-settings.ts"
import { CredentialHash } from "../../access/credential-hash.ts"
import { Credentials } from "../../access/credentials.ts"
import { Password } from "../../access/password.ts"
import { LoginLimiter } from "./login-limiter.ts"
import { SessionRepo } from "./session-repo.ts"

const _hours = 12
const _tokenBytes = 32
/** Each takes 19 MiB and a thread of a pool of four: a flood of sign-ins must leave the others room. */
const _hashesAtOnce = 2

declare namespace Sessions {
  type Attempt = { readonly login: Session.Login; readonly address: string }
  type Opened = {
    /** Goes into the cookie; the server keeps its hash only. */
    readonly token: string
    readonly session: Session.Model
  }
  type Shape = {
    /** An unknown e-mail, a wrong password and too many attempts are the same refusal. */
    readonly open: (attempt: Attempt) => Effect.Effect<Opened, Session.Rejected>
    readonly close: (token: string) => Effect.Effect<void, never, Tenancy.Current>
    readonly current: Effect.Effect<Session.Model, Access.Unauthenticated, Tenancy.Current>
  }
}

/** Signing in and out. A session lasts 12 hours from sign-in and is not prolonged by use. */
class Sessions extends Context.Tag("api/session/Sessions")<Sessions, Sessions.Shape>() {
  static readonly hours = _hours

  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const repo = yield* SessionRepo
      const limiter = yield* LoginLimiter
      const credentials = yield* Credentials
      const { demo } = yield* AccessSettings
      const hashing = yield* Effect.makeSemaphore(_hashesAtOnce)
      const nobody = yield* Password.hash(_token())

      const matches = (encoded: string, password: string) =>
        hashing.withPermits(1)(Password.verify(encoded, password))

      const current = repo.profile.pipe(
        Effect.flatMap(
          Option.match({
            onNone: () => Effect.fail(Access.Unauthenticated.make({})),
            onSome: (profile) => Effect.succeed(Session.Model.make({ ...profile, demo }))
          })
        ),
        Effect.withSpan("Sessions.current")
      )

      const member = Effect.fn("Sessions.member")(function* ({ email, password }: Session.Login) {
        const members = yield* repo.membersByEmail(email)
        const unknown = Effect.as(matches(nobody, password), Option.none<SessionRepo.Member>())
        const found = yield* members.length === 0
          ? unknown
          : Effect.findFirst(members, ({ passwordHash }) => matches(passwordHash, password))
        return yield* Effect.mapError(found, () => Session.Rejected.make({}))
      })

      const open = Effect.fn("Sessions.open")(function* ({ address, login }: Sessions.Attempt) {
        const who = { email: login.email, address }
        yield* Effect.filterOrFail(
          limiter.attempt(who),
          (allowed) => allowed,
          () => Session.Rejected.make({})
        )
        const { memberId, tenantId } = yield* member(login)
        yield* limiter.forgive(who)
        const token = _token()
        const id = yield* Identifier.uuid
        const actor = { ...Tenancy.system(tenantId, id), actorId: memberId }
        const session = yield* repo
          .open({ tenantId, id, memberId, hours: _hours, tokenHash: CredentialHash.of(token) })
          .pipe(
            Effect.zipRight(current),
            Effect.provideService(Tenancy.Current, Tenancy.Actor.make(actor)),
            Effect.catchTag("Access.Unauthenticated", () => Effect.fail(Session.Rejected.make({})))
          )
        return { token, session }
      })

      const close = Effect.fn("Sessions.close")((token: string) =>
        Effect.zipRight(repo.close(CredentialHash.of(token)), credentials.forget(token))
      )

      return Sessions.of({ open, close, current })
    })
  )
}

const _token = (): string => randomBytes(_tokenBytes).toString("base64url")

export { Sessions }
