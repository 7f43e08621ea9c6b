import { Clock, Context, Duration, Effect, type Exit, type Fiber, FiberId, Layer, Schedule } from "effect"

declare namespace JobDeadlines {
  type Run<A, E> = {
    readonly exit: Exit.Exit<A, E>
    /** It was interrupted because of its deadline, so what follows must be uninterruptible. */
    readonly isOver: boolean
  }
  type Shape = {
    /** Runs the effect interruptibly, and interrupts it at its deadline; never fails. */
    readonly within: <A, E, R>(
      effect: Effect.Effect<A, E, R>,
      timeout: Duration.Duration
    ) => Effect.Effect<JobDeadlines.Run<A, E>, never, R>
  }
}

type _Entry = { readonly fiber: Fiber.RuntimeFiber<unknown, unknown>; readonly at: number; isOver: boolean }

/** How late a deadline may be noticed. */
const _interval = Duration.millis(100)

/**
 * The deadlines of all attempts of a replica, looked at by one fiber: `Effect.timeout` starts two more for
 * each attempt, which cost more than a short job itself.
 */
class JobDeadlines extends Context.Tag("infra/jobs/JobDeadlines")<JobDeadlines, JobDeadlines.Shape>() {
  static readonly layer = Layer.scoped(
    JobDeadlines,
    Effect.gen(function* () {
      const entries = new Set<_Entry>()

      const end = (entry: _Entry): void => {
        entry.isOver = true
        entries.delete(entry)
        entry.fiber.unsafeInterruptAsFork(FiberId.none)
      }
      yield* Clock.currentTimeMillis.pipe(
        Effect.map((now) => [...entries].filter(({ at }) => at <= now).forEach(end)),
        Effect.repeat(Schedule.spaced(_interval)),
        Effect.forkScoped
      )

      return JobDeadlines.of({
        within: <A, E, R>(effect: Effect.Effect<A, E, R>, timeout: Duration.Duration) =>
          Effect.withFiberRuntime<JobDeadlines.Run<A, E>, never, R>((fiber) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              const entry = { fiber, at: now + Duration.toMillis(timeout), isOver: false }
              entries.add(entry)
              return Effect.map(Effect.exit(Effect.interruptible(effect)), (exit) => {
                entries.delete(entry)
                return { exit, isOver: entry.isOver }
              })
            })
          ).pipe(Effect.uninterruptible)
      })
    })
  )
}

export { JobDeadlines }
