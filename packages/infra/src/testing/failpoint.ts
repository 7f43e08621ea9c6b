import { Effect } from "effect"

/**
 * Named places where a test bed may stop, fail or kill a replica. This is the product's form, which does
 * nothing; only the build of the test bed puts another module in its place.
 */
const Failpoint = {
  hit: (_name: string): Effect.Effect<void> => Effect.void,
  /** Hits `<name>.before`, and `<name>.after` once the effect has succeeded. */
  around: <A, E, R>(_name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => effect
} as const

export { Failpoint }
