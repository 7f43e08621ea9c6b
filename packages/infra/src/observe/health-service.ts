import { Clock, Context, Duration, Effect, Exit, Fiber, Layer, Option, Ref } from "effect"

const _patience = Duration.seconds(2)
const _remembered = Duration.seconds(1)

declare namespace HealthService {
  type Check<E> = {
    readonly name: string
    /** A critical check that fails makes the process unready; another one is only shown. */
    readonly critical: boolean
    /** Any failure or defect, or more than 2 s, counts as failed. */
    readonly check: Effect.Effect<void, E>
  }
  type Outcome = {
    readonly name: string
    readonly critical: boolean
    readonly ok: boolean
    readonly latencyMillis: number
  }
  type Phase = "booting" | "serving" | "draining"
  type Report = {
    readonly ready: boolean
    readonly phase: Phase
    readonly checks: ReadonlyArray<Outcome>
  }
  type Shape = {
    readonly register: <E>(check: Check<E>) => Effect.Effect<void>
    /**
     * Runs all checks at once; the answer is shared for 1 s, so that probes do not load what they probe.
     */
    readonly report: Effect.Effect<Report>
    /** Asks nobody. */
    readonly phase: Effect.Effect<Phase>
    /** None while the process is fine; a reason once it can only be helped by a restart. */
    readonly stuck: Effect.Effect<Option.Option<string>>
    readonly markStuck: (reason: string) => Effect.Effect<void>
    readonly booted: Effect.Effect<void>
    /** Readiness is red from now on, whatever the checks say. */
    readonly drain: Effect.Effect<void>
  }
}

/**
 * Whether the process can serve (readiness) and whether it should live on (liveness).
 * Liveness never asks a dependency: a database that is down must not get healthy processes killed.
 */
class HealthService extends Context.Tag("infra/observe/HealthService")<HealthService, HealthService.Shape>() {
  static readonly layer = Layer.effect(
    HealthService,
    Effect.gen(function* () {
      const checks = yield* Ref.make<ReadonlyArray<Effect.Effect<HealthService.Outcome>>>([])
      const phase = yield* Ref.make<HealthService.Phase>("booting")
      const stuck = yield* Ref.make(Option.none<string>())

      const outcomes = yield* Ref.get(checks).pipe(
        Effect.flatMap(Effect.allWith({ concurrency: "unbounded" })),
        _shared,
        Effect.cachedWithTTL(_remembered)
      )

      const report = Effect.gen(function* () {
        const results = yield* outcomes
        const now = yield* Ref.get(phase)
        const ready = now === "serving" && results.every(({ critical, ok }) => ok || !critical)
        return { ready, phase: now, checks: results }
      })

      return HealthService.of({
        register: (check) =>
          Effect.flatMap(Ref.make(true), (last) =>
            Ref.update(checks, (all) => [...all, _outcome(check, last)])
          ),
        report,
        phase: Ref.get(phase),
        stuck: Ref.get(stuck),
        markStuck: (reason) =>
          Effect.zipRight(
            Ref.set(stuck, Option.some(reason)),
            Effect.logError("the process is stuck", reason)
          ),
        booted: Ref.update(phase, (before) => (before === "booting" ? "serving" : before)),
        drain: Ref.set(phase, "draining")
      })
    })
  )

  /**
   * The outermost layer of a process: when it is built all else is up, so readiness turns green; it is
   * closed first, so readiness turns red and `notice` passes for load balancers to see it before anything
   * stops. `leave` runs meanwhile: what can be handed to others should not wait for the end.
   */
  static readonly serving = <R>(notice: Duration.DurationInput, leave: Effect.Effect<void, never, R>) =>
    Layer.scopedDiscard(
      Effect.gen(function* () {
        const health = yield* HealthService
        const context = yield* Effect.context<R>()
        yield* Effect.acquireRelease(health.booted, () =>
          health.drain.pipe(
            Effect.zipRight(Effect.zip(Effect.sleep(notice), leave, { concurrent: true })),
            Effect.provide(context)
          )
        )
      })
    )
}

/** A check is asked every few seconds: what is logged is that it begins to fail, and that this is over. */
const _outcome = <E>(
  { name, critical, check }: HealthService.Check<E>,
  last: Ref.Ref<boolean>
): Effect.Effect<HealthService.Outcome> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const result = yield* check.pipe(
      // A check that cannot be interrupted (a connection that hangs) goes on behind the answer.
      Effect.disconnect,
      Effect.timeout(_patience),
      Effect.exit
    )
    const endedAt = yield* Clock.currentTimeMillis
    const ok = Exit.isSuccess(result)
    const wasOk = yield* Ref.getAndSet(last, ok)
    yield* Exit.match(result, {
      onFailure: (cause) => Effect.logWarning("a health check fails", cause),
      onSuccess: () => Effect.logInfo("a health check succeeds again")
    }).pipe(
      Effect.annotateLogs({ name }),
      Effect.when(() => ok !== wasOk)
    )
    return { name, critical, ok, latencyMillis: endedAt - startedAt }
  })

/** The first asker may go away; those who wait for the same answer must not notice. */
const _shared = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  effect.pipe(Effect.interruptible, Effect.forkDaemon, Effect.flatMap(Fiber.join), Effect.uninterruptible)

export { HealthService }
