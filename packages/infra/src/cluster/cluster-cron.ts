import { Cron, DateTime, Duration, Effect, Option, Stream } from "effect"
import { type Leadership } from "../context/leadership.ts"
import { CronStore } from "./cron-store.ts"
import { LeaderStore } from "./leader-store.ts"
import { RunOutcome } from "./run-outcome.ts"
import { Tenure } from "./tenure.ts"

declare namespace ClusterCron {
  type Tick = {
    /** The time that the tick stands for, whenever it runs; use it as the key of what the run writes. */
    readonly scheduledAt: DateTime.Utc
  }
  type Options<E, R> = {
    /** Unique in the cluster, and for ever: the history of ticks is kept under it. */
    readonly name: string
    readonly cron: Cron.Cron
    /**
     * A tick that is found later than this, after an outage or while the run before it took too long, is
     * recorded as skipped. Defaults to 1 minute.
     */
    readonly skipIfOlderThan?: Duration.DurationInput
    /**
     * Once a tick, one tick after the other; a tick whose replica died half way is run again, so its effects
     * must be keyed by `scheduledAt`. A failure or a defect is recorded and logged, and not tried again.
     */
    readonly run: (tick: ClusterCron.Tick) => Effect.Effect<void, E, R>
  }
}

const _skipIfOlderThan = Duration.minutes(1)

/** A leader that must leave waits so long for the database to note its last run. */
const _lastWord = Duration.seconds(2)

/** Ticks that one statement records as skipped. */
const _batch = 1000

const _next = (cron: Cron.Cron, after: DateTime.Utc) => DateTime.unsafeFromDate(Cron.next(cron, after))

/** Ticks after `from` up to `until`, both as the database's clock has it. */
const _between = (cron: Cron.Cron, from: DateTime.Utc, until: DateTime.Utc) =>
  Stream.unfold(from, (before) => {
    const tick = _next(cron, before)
    return DateTime.lessThanOrEqualTo(tick, until) ? Option.some([tick, tick]) : Option.none()
  })

const _layer = <E, R>(options: ClusterCron.Options<E, R>) => {
  const { cron, name, run } = options
  const patience = Duration.decode(options.skipIfOlderThan ?? _skipIfOlderThan)

  const one = (leader: Leadership.Value, scheduledAt: DateTime.Utc) =>
    Effect.gen(function* () {
      const ticks = yield* CronStore
      const leaders = yield* LeaderStore
      const everyMillis = _distanceMillis(cron, scheduledAt)
      const noted = (error: Option.Option<string>) =>
        Effect.zipRight(
          ticks.finish(leader, scheduledAt, error),
          leaders.ran(leader, { state: Option.none(), error, everyMillis })
        )
      // What has run is noted also by a leader that is about to leave, or the next one would run it again.
      yield* Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(RunOutcome.of(run({ scheduledAt }))), ({ error }) =>
          restore(noted(error)).pipe(
            Effect.onInterrupt(() => Effect.ignore(Effect.timeout(noted(error), _lastWord)))
          )
        )
      )
    }).pipe(Effect.annotateLogs({ tick: DateTime.formatIso(scheduledAt) }))

  /** Runs what is young enough, records the rest as skipped. */
  const settle = (leader: Leadership.Value, due: Stream.Stream<DateTime.Utc>, now: DateTime.Utc) =>
    Effect.gen(function* () {
      const store = yield* CronStore
      const limit = DateTime.subtractDuration(now, patience)
      const young = (tick: DateTime.Utc) => DateTime.greaterThan(tick, limit)
      yield* due.pipe(
        Stream.takeUntil(young),
        Stream.filter((tick) => !young(tick)),
        Stream.grouped(_batch),
        Stream.runForEach((ticks) => store.skip(leader, [...ticks]))
      )
      yield* due.pipe(
        Stream.filter(young),
        Stream.runForEach((tick) =>
          Effect.flatMap(store.claim(leader, tick), (mine) => Effect.when(one(leader, tick), () => mine))
        )
      )
    })

  const turn = (leader: Leadership.Value) =>
    Effect.gen(function* () {
      const store = yield* CronStore
      const { last, now } = yield* store.position(leader)
      const next = _next(cron, now)
      yield* settle(leader, Stream.fromIterable(yield* store.unfinished(leader)), now)
      yield* settle(leader, _between(cron, last, now), now)
      // By the database's clock, so that a replica whose own clock is wrong keeps the time.
      const { now: later } = yield* store.position(leader)
      yield* Effect.sleep(Math.max(0, DateTime.distance(later, next)))
    })

  return Tenure.layer({
    name,
    everyMillis: _distanceMillis(cron, DateTime.unsafeMake(0)),
    lead: (tenure) => Effect.forever(turn(tenure))
  })
}

/** Milliseconds from the tick to the one after it. */
const _distanceMillis = (cron: Cron.Cron, tick: DateTime.Utc): number => {
  const next = _next(cron, tick)
  return DateTime.distance(next, _next(cron, next))
}

/**
 * Runs once per tick in the whole cluster. One replica leads a cron; each tick gets one row under the
 * leader's fence, whatever became of it, so a cluster that was down goes on with the next tick and shows
 * which ones it missed.
 */
const ClusterCron = { layer: _layer } as const

export { ClusterCron }
