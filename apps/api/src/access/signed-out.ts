import { type Headers } from "@effect/platform"
import { Duration, Effect } from "effect"
import { Authenticator } from "./authenticator.ts"

/** How often the session or key behind something long-lived is looked at again. */
const _recheck = Duration.seconds(30)

/** Ends once the credentials of a request are no longer good; a database that is away ends nothing. */
const SignedOut = {
  of: (headers: Headers.Headers): Effect.Effect<void, never, Authenticator> =>
    Effect.flatMap(Authenticator, (authenticator) =>
      authenticator.byHeaders(headers).pipe(
        Effect.catchAllDefect(() => Effect.void),
        Effect.delay(_recheck),
        Effect.forever,
        Effect.catchTag("Access.Unauthenticated", () => Effect.void)
      )
    )
} as const

export { SignedOut }
