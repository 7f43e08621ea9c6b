import { type Headers } from "@effect/platform"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Duration, Effect, Option } from "effect"
import { Authenticator } from "./authenticator.ts"

/** How often the session or key behind something long-lived is looked at again. */
const _recheck = Duration.seconds(30)

/**
 * Ends once the credentials of a request are no longer good, or mean another role than at first: what was
 * opened with the old one has to be asked for anew. A database that is away ends nothing.
 */
const SignedOut = {
  of: (headers: Headers.Headers): Effect.Effect<void, never, Authenticator> =>
    Effect.gen(function* () {
      const { byHeaders } = yield* Authenticator
      const look = byHeaders(headers).pipe(
        Effect.asSome,
        Effect.catchAllDefect(() => Effect.succeedNone)
      )
      const first = yield* look
      return yield* look.pipe(
        Effect.filterOrFail(
          (now) => _isSame(first, now),
          () => Access.Unauthenticated.make({})
        ),
        Effect.delay(_recheck),
        Effect.forever
      )
    }).pipe(Effect.catchTag("Access.Unauthenticated", () => Effect.void))
} as const

const _isSame = (first: Option.Option<Tenancy.Actor>, now: Option.Option<Tenancy.Actor>): boolean =>
  Option.getOrElse(
    Option.zipWith(first, now, (one, other) => one.role === other.role && one.actorId === other.actorId),
    () => true
  )

export { SignedOut }
