import { type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from "cockatiel"
import { Duration, Effect, Exit, MutableHashMap, Option, Runtime } from "effect"
import { OutboundFailure } from "./outbound-failure.ts"

declare namespace CircuitBreakers {
  type Options = {
    /** Consecutive failures that open a breaker. */
    readonly failures: number
    /** How long an open breaker refuses before it lets one call try. */
    readonly halfOpenAfter: Duration.Duration
  }
  type Guard = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | OutboundFailure, R>
  type Shape = (key: string) => Guard
}

/**
 * One circuit breaker per key, of this process alone. Failures and defects count, interruptions do not; an
 * open breaker fails at once with the reason `circuit-open`.
 */
const CircuitBreakers = {
  make: (options: CircuitBreakers.Options): Effect.Effect<CircuitBreakers.Shape> =>
    Effect.sync(() => {
      const policies = MutableHashMap.empty<string, CircuitBreakerPolicy>()
      const policyOf = (key: string) =>
        Option.getOrElse(MutableHashMap.get(policies, key), () => {
          const policy = _policy(options)
          MutableHashMap.set(policies, key, policy)
          return policy
        })
      return (key) => (effect) => _through(policyOf(key), key, effect)
    })
} as const

const _policy = ({ failures, halfOpenAfter }: CircuitBreakers.Options) =>
  circuitBreaker(
    handleWhenResult((exit) => Exit.isExit(exit) && Exit.isFailure(exit) && !Exit.isInterrupted(exit)),
    { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: Duration.toMillis(halfOpenAfter) }
  )

/** The effect's own outcome travels as an `Exit`, so a rejection can only be the breaker's. */
const _through = <A, E, R>(policy: CircuitBreakerPolicy, key: string, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.runtime<R>(), (runtime) =>
    Effect.tryPromise({
      try: (signal) => policy.execute(() => Runtime.runPromiseExit(runtime)(effect, { signal })),
      catch: () => new OutboundFailure({ reason: "circuit-open", message: `Calls to ${key} are paused` })
    }).pipe(Effect.flatten)
  )

export { CircuitBreakers }
