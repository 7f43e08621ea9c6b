import { Cause, Duration, Effect, Context as EffectContext, Exit, Layer, Metric, Ref, Schedule } from "effect"
import { Trace } from "../context/trace.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { JobDeadlines } from "./job-deadlines.ts"
import { JobDefinition } from "./job-definition.ts"
import { JobSlots } from "./job-slots.ts"
import { JobStore } from "./job-store.ts"

declare namespace JobRunner {
  type Attempt = { readonly jobId: string; readonly attempt: number }
  type Bound = {
    readonly queue: string
    readonly concurrency: number
    readonly timeout: Duration.Duration
    readonly run: (
      payload: unknown,
      attempt: JobRunner.Attempt
    ) => Effect.Effect<void, never, Tenancy.Current>
  }
  type Shape = {
    readonly bind: (name: string, bound: JobRunner.Bound) => Effect.Effect<void>
    /** One turn: claims what there is room for, forks it, and says when the lane is due again. */
    readonly work: (lane: Lanes.Lane) => Effect.Effect<Lanes.Turn>
  }
}

type _Outcome = Pick<JobStore.Outcome, "status" | "delayMillis" | "error">

const _defaultConcurrency = 4
/** The clocks of the replica and of PostgreSQL are two: a timer that rings early must not spin. */
const _shortestNapMillis = 5

const _processed = Metric.counter("jobs_total", { incremental: true })
const _counters = {
  succeeded: Metric.tagged(_processed, "outcome", "succeeded"),
  failed: Metric.tagged(_processed, "outcome", "failed"),
  dead: Metric.tagged(_processed, "outcome", "dead")
} as const

/** The owner's side of jobs: bounded attempts per lane, each in the scope of the partition. */
class JobRunner extends EffectContext.Tag("infra/jobs/JobRunner")<JobRunner, JobRunner.Shape>() {
  static readonly layer = Layer.effect(
    JobRunner,
    Effect.gen(function* () {
      const store = yield* JobStore
      const { of: slotOf, places } = yield* JobSlots
      const deadlines = yield* JobDeadlines
      const bound = yield* Ref.make<ReadonlyMap<string, JobRunner.Bound>>(new Map())
      const rows = Lanes.metrics.rows(JobStore.kind)

      const attempt = (lane: Lanes.Lane, slot: JobSlots.Slot) => (job: JobStore.Claimed) =>
        Effect.gen(function* () {
          const handler = (yield* Ref.get(bound)).get(job.name) ?? _unbound(job.name)
          const run = handler.run(job.payload, { jobId: job.id, attempt: job.attempts })
          const { exit, isOver } = yield* deadlines.within(
            Failpoint.around(`job.${job.name}`, run).pipe(_warned(job), _asSubmitted(job)),
            handler.timeout
          )
          yield* _touch(lane, slot.ended)
          const finish = Effect.gen(function* () {
            const outcome = yield* _outcome(job, isOver, exit)
            const { epoch, partition } = lane
            const { id, tenantId } = job
            yield* _insist(store.complete({ ...outcome, id, tenantId, epoch, partition }))
            yield* _touch(lane, Effect.succeed(outcome.status === "queued"))
          })
          // An attempt that was itself interrupted writes nothing: the next owner claims the row.
          const finished = isOver ? finish : Effect.exit(Effect.interruptible(finish))
          // Not before: what has ended and waits for the database takes memory, too.
          yield* Effect.ensuring(finished, places.release(1))
          yield* _touch(lane, slot.written(job.id))
        }).pipe(Effect.uninterruptible, Effect.forkIn(lane.scope))

      const claim = (lane: Lanes.Lane, slot: JobSlots.Slot, free: number) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            yield* restore(places.take(free))
            const { epoch, key, partition } = lane
            const inFlight = yield* slot.doubted
            const want = { partition, epoch, lane: key, limit: free, inFlight }
            const { jobs, nextMillis } = yield* restore(store.claim(want)).pipe(
              Effect.onError(() => Effect.zipRight(slot.claimed([], free), places.release(free)))
            )
            yield* slot.claimed(
              jobs.map(({ id }) => id),
              free
            )
            yield* places.release(free - jobs.length)
            yield* Metric.update(rows, jobs.length)
            yield* Effect.forEach(jobs, attempt(lane, slot), { discard: true })
            return nextMillis === null ? Lanes.idle : Lanes.dueIn(Math.max(_shortestNapMillis, nextMillis))
          })
        )

      const work = (lane: Lanes.Lane) =>
        Effect.flatMap(Ref.get(bound), (handlers) => {
          const slot = slotOf(lane)
          const free = slot.free(_limit(handlers, lane))
          return free === 0 ? Effect.succeed(Lanes.idle) : claim(lane, slot, free)
        })

      return JobRunner.of({
        bind: (name, handler) => Ref.update(bound, (known) => new Map([...known, [name, handler]])),
        work
      })
    })
  ).pipe(Layer.provide(JobSlots.layer), Layer.provide(JobDeadlines.layer))
}

const _touch = (lane: Lanes.Lane, isHungry: Effect.Effect<boolean>): Effect.Effect<void> =>
  Effect.flatMap(isHungry, (is) => (is ? lane.touch : Effect.void))

/** Whoever woke the lane has nothing to do with the job: it runs as its submitter and in that one's trace. */
const _asSubmitted =
  (job: JobStore.Claimed) =>
  <A, E>(attempt: Effect.Effect<A, E, Tenancy.Current>) =>
    attempt.pipe(
      Effect.provideService(Tenancy.Current, job.actor),
      Effect.annotateLogs({ job: job.name, jobId: job.id }),
      Trace.continued("job", job.traceparent, { name: job.name, jobId: job.id, attempt: job.attempts })
    )

const _limit = (handlers: ReadonlyMap<string, JobRunner.Bound>, lane: Lanes.Lane): number => {
  const queue = lane.key.slice(0, lane.key.lastIndexOf(":"))
  return [...handlers.values()].find((known) => known.queue === queue)?.concurrency ?? _defaultConcurrency
}

const _unbound = (name: string): JobRunner.Bound => ({
  queue: "",
  concurrency: _defaultConcurrency,
  timeout: Duration.minutes(1),
  run: () => Effect.dieMessage(`no handler is bound for the job ${name}`)
})

const _isLast = ({ attempts, maxAttempts }: JobStore.Claimed): boolean => attempts >= maxAttempts

const _warn = <E>(job: JobStore.Claimed, cause: Cause.Cause<E>) =>
  Effect.logWarning(_isLast(job) ? "a job is dead" : "a job failed and will be tried again", cause)

const _warned =
  (job: JobStore.Claimed) =>
  <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tapErrorCause(run, (cause) => _warn(job, cause))

const _outcome = <E>(
  job: JobStore.Claimed,
  isOver: boolean,
  exit: Exit.Exit<void, E>
): Effect.Effect<_Outcome> =>
  Exit.match(exit, {
    onSuccess: () => Effect.as(Metric.increment(_counters.succeeded), _success),
    onFailure: (cause) => (isOver ? Effect.zipRight(_late(job), _failed(job, _overdue)) : _failed(job, cause))
  })

const _success: _Outcome = { status: "succeeded", delayMillis: null, error: null }

const _overdue = Cause.fail(new Cause.TimeoutException("the attempt took longer than the job's timeout"))

/** The handler was interrupted, so it could not say it itself, in its own trace. */
const _late = (job: JobStore.Claimed): Effect.Effect<void> =>
  Effect.annotateLogs(_warn(job, _overdue), {
    ...{ job: job.name, jobId: job.id, tenantId: job.tenantId },
    ...{ requestId: job.actor.requestId }
  })

const _failed = <E>(job: JobStore.Claimed, cause: Cause.Cause<E>): Effect.Effect<_Outcome> => {
  const error = _storable(Cause.pretty(cause))
  return _isLast(job)
    ? Effect.as(Metric.increment(_counters.dead), { status: "dead", delayMillis: null, error })
    : Effect.as(Metric.increment(_counters.failed), {
        ...{ status: "queued", error },
        delayMillis: JobDefinition.backoffMillis(job.attempts)
      })
}

/** A row that stays `running` under a living owner would wait for the next take-over. */
const _insist = (write: Effect.Effect<boolean>) =>
  write.pipe(
    Effect.sandbox,
    Effect.retry({ while: (cause) => !Cause.isInterrupted(cause), schedule: Schedule.spaced("1 second") }),
    Effect.orDie
  )

/** What jsonb takes: no NUL, no half of a surrogate pair. */
const _storable = (text: string): string =>
  Buffer.from(text.replaceAll("\0", "").slice(0, 2000)).toString("utf8")

export { JobRunner }
