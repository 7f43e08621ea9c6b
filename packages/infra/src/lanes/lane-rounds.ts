import { Duration, Effect, Schedule } from "effect"

declare namespace LaneRounds {
  type Options = {
    /** The partitions of this replica, at the moment; asked often, so it must be cheap. */
    readonly owned: Effect.Effect<ReadonlyArray<number>>
    readonly sweep: Effect.Effect<void>
  }
}

/**
 * Every replica looks at its own partitions this often, for wakes that were lost and work that is far off.
 */
const _interval = Duration.seconds(5)
/** How soon it is seen that a partition has come. */
const _glance = Duration.millis(250)

/**
 * Sweep after sweep, for ever: the next one is due after the interval, or as soon as this replica has
 * gained a partition, since nobody has looked at that one from the death of its owner on.
 */
const LaneRounds = {
  run: ({ owned, sweep }: LaneRounds.Options): Effect.Effect<never> =>
    Effect.gen(function* () {
      const before = new Set(yield* owned)
      yield* Effect.catchAllCause(sweep, (cause) => Effect.logWarning("a sweep of the lanes failed", cause))
      const gained = Effect.map(owned, (now) => now.some((partition) => !before.has(partition)))
      yield* gained.pipe(
        Effect.delay(_glance),
        Effect.repeat({ until: (has) => has }),
        Effect.timeoutOption(_interval)
      )
    }).pipe(Effect.repeat(Schedule.forever), Effect.zipRight(Effect.never))
} as const

export { LaneRounds }
