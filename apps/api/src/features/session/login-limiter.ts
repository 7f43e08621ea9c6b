import { Cache, Context, Duration, Effect, Layer, Ref } from "effect"

const _attempts = 10
const _window = Duration.minutes(1)
const _remembered = 10_000

declare namespace LoginLimiter {
  type Who = { readonly email: string; readonly address: string }
  type Shape = {
    /**
     * Takes one attempt; false when none is left in this minute. Taken before the password is looked at.
     */
    readonly attempt: (who: Who) => Effect.Effect<boolean>
    /** Forgets the attempts of someone who signed in. */
    readonly forgive: (who: Who) => Effect.Effect<void>
  }
}

/**
 * Ten failed sign-ins a minute per e-mail and network address. It counts in the memory of this process, so
 * N replicas allow N times as many; behind a proxy all callers share its address, and the limit is one per
 * e-mail.
 */
class LoginLimiter extends Context.Tag("api/session/LoginLimiter")<LoginLimiter, LoginLimiter.Shape>() {
  static readonly layer = Layer.effect(
    LoginLimiter,
    Effect.gen(function* () {
      // A counter lives for one window from its first attempt; the least recently used ones are dropped.
      const counters = yield* Cache.make({
        capacity: _remembered,
        timeToLive: _window,
        lookup: (_key: string) => Ref.make(0)
      })

      return LoginLimiter.of({
        attempt: Effect.fn("LoginLimiter.attempt")((who) =>
          counters.get(_key(who)).pipe(
            Effect.flatMap(Ref.getAndUpdate((taken) => taken + 1)),
            Effect.map((taken) => taken < _attempts)
          )
        ),
        forgive: Effect.fn("LoginLimiter.forgive")((who) => counters.invalidate(_key(who)))
      })
    })
  )
}

const _key = ({ address, email }: LoginLimiter.Who): string => `${email} ${address}`

export { LoginLimiter }
