import {
  Cause,
  Duration,
  Effect,
  Context as EffectContext,
  Exit,
  Layer,
  Metric,
  Option,
  Ref,
  Schedule
} from "effect"
import { Context } from "../context/context.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { JobDefinition } from "./job-definition.ts"
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

const _processed = Metric.counter("jobs_total", { incremental: true })
const _running = Metric.gauge("jobs_running")

/** The owner's side of jobs: bounded attempts per lane, each in the scope of the partition. */
class JobRunner extends EffectContext.Tag("infra/jobs/JobRunner")<JobRunner, JobRunner.Shape>() {
  static readonly layer = Layer.effect(
    JobRunner,
    Effect.gen(function* () {
      const store = yield* JobStore
      const bound = yield* Ref.make<ReadonlyMap<string, JobRunner.Bound>>(new Map())
      /** Jobs under way per lane and epoch on this replica. */
      const inFlight = yield* Ref.make<ReadonlyMap<string, number>>(new Map())

      const count = (lane: Lanes.Lane, by: number) =>
        Effect.zipRight(
          Metric.incrementBy(_running, by),
          Ref.update(inFlight, (counts) => _moved(counts, _slot(lane), by))
        )

      const attempt = (lane: Lanes.Lane) => (job: JobStore.Claimed) =>
        Effect.gen(function* () {
          const handler = (yield* Ref.get(bound)).get(job.name) ?? _unbound(job.name)
          const exit = yield* handler
            .run(job.payload, { jobId: job.id, attempt: job.attempts })
            .pipe(
              Effect.timeout(handler.timeout),
              Context.Request.annotateLogs,
              Effect.provideService(Tenancy.Current, job.actor),
              Effect.annotateLogs({ job: job.name, jobId: job.id }),
              Effect.withSpan("job", { attributes: { name: job.name, attempt: job.attempts } }),
              Effect.exit
            )
          const outcome = yield* _outcome(job, exit)
          yield* _insist(store.complete({ ...outcome, id: job.id, tenantId: job.tenantId, ..._fence(lane) }))
        }).pipe(Effect.ensuring(count(lane, -1)), Effect.zipRight(lane.touch), Effect.forkIn(lane.scope))

      const freeSlots = (lane: Lanes.Lane) =>
        Effect.map(Effect.all([Ref.get(bound), Ref.get(inFlight)]), ([handlers, counts]) => {
          const queue = lane.key.slice(0, lane.key.lastIndexOf(":"))
          const limit = [...handlers.values()].find((known) => known.queue === queue)?.concurrency
          return Math.max(0, (limit ?? _defaultConcurrency) - (counts.get(_slot(lane)) ?? 0))
        })

      const work = (lane: Lanes.Lane) =>
        Effect.gen(function* () {
          const free = yield* freeSlots(lane)
          const claim = store.claim({ ..._fence(lane), lane: lane.key, limit: free })
          const jobs = yield* Effect.if(free > 0, { onTrue: () => claim, onFalse: () => Effect.succeed([]) })
          yield* count(lane, jobs.length)
          yield* Effect.forEach(jobs, attempt(lane), { discard: true })
          const next = yield* Effect.when(store.nextDue(lane.key), () => free > jobs.length)
          return Option.match(
            Option.flatMapNullable(next, (millis) => millis),
            {
              onNone: () => Lanes.idle,
              onSome: (millis) => Lanes.dueIn(Math.max(1, millis))
            }
          )
        })

      return JobRunner.of({
        bind: (name, handler) => Ref.update(bound, (known) => new Map([...known, [name, handler]])),
        work
      })
    })
  )
}

const _moved = (counts: ReadonlyMap<string, number>, slot: string, by: number) => {
  const others = [...counts].filter(([name]) => name !== slot)
  const sum = (counts.get(slot) ?? 0) + by
  return new Map(sum === 0 ? others : [...others, [slot, sum] as const])
}

const _unbound = (name: string): JobRunner.Bound => ({
  queue: "",
  concurrency: _defaultConcurrency,
  timeout: Duration.minutes(1),
  run: () => Effect.dieMessage(`no handler is bound for the job ${name}`)
})

/** In flight are counted per take-over: what an earlier owner had running is not ours. */
const _slot = (lane: Lanes.Lane): string => `${lane.key}@${lane.epoch}`

const _fence = (lane: Lanes.Lane) => ({ partition: lane.partition, epoch: lane.epoch })

/** An interrupted attempt writes nothing: the next owner claims the row under its higher epoch. */
const _outcome = <E>(job: JobStore.Claimed, exit: Exit.Exit<void, E>): Effect.Effect<_Outcome> =>
  Exit.match(exit, {
    onSuccess: () =>
      Effect.as(_counted("succeeded"), { status: "succeeded" as const, delayMillis: null, error: null }),
    onFailure: (cause) => (Cause.isInterruptedOnly(cause) ? Effect.interrupt : _failed(job, cause))
  })

const _failed = <E>(job: JobStore.Claimed, cause: Cause.Cause<E>): Effect.Effect<_Outcome> =>
  Effect.gen(function* () {
    const dead = job.attempts >= job.maxAttempts
    const error = Cause.pretty(cause).slice(0, 2000)
    yield* Effect.logWarning(dead ? "a job is dead" : "a job failed and will be tried again", cause)
    yield* _counted(dead ? "dead" : "failed")
    return dead
      ? { status: "dead" as const, delayMillis: null, error }
      : { status: "queued" as const, delayMillis: JobDefinition.backoffMillis(job.attempts), error }
  })

/** A row that stays `running` under a living owner would wait for the next take-over. */
const _insist = (write: Effect.Effect<void>) =>
  write.pipe(
    Effect.sandbox,
    Effect.retry({ while: (cause) => !Cause.isInterrupted(cause), schedule: Schedule.spaced("1 second") }),
    Effect.orDie
  )

const _counted = (outcome: string) => Metric.increment(Metric.tagged(_processed, "outcome", outcome))

export { JobRunner }
