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
/** A lane that is due, but whose rows another owner holds by now, must not spin. */
const _shortestNapMillis = 50

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
      const inFlight = yield* Ref.make<ReadonlyMap<string, ReadonlySet<string>>>(new Map())

      const held = (lane: Lanes.Lane) =>
        Effect.map(Ref.get(inFlight), (slots) => [...(slots.get(_slot(lane)) ?? [])])

      const hold = (lane: Lanes.Lane, ids: ReadonlyArray<string>) =>
        Effect.zipRight(
          Metric.incrementBy(_running, ids.length),
          Ref.update(inFlight, (slots) => _with(slots, _slot(lane), ids))
        )

      const letGo = (lane: Lanes.Lane, id: string) =>
        Effect.zipRight(
          Metric.incrementBy(_running, -1),
          Ref.update(inFlight, (slots) => _without(slots, _slot(lane), id))
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
        }).pipe(Effect.ensuring(letGo(lane, job.id)), Effect.zipRight(lane.touch), Effect.forkIn(lane.scope))

      const work = (lane: Lanes.Lane) =>
        Effect.gen(function* () {
          const mine = yield* held(lane)
          const free = Math.max(0, _limit(yield* Ref.get(bound), lane) - mine.length)
          const claim = store.claim({ ..._fence(lane), lane: lane.key, limit: free, inFlight: mine })
          const jobs = yield* Effect.if(free > 0, { onTrue: () => claim, onFalse: () => Effect.succeed([]) })
          yield* hold(
            lane,
            jobs.map(({ id }) => id)
          )
          yield* Effect.forEach(jobs, attempt(lane), { discard: true })
          const next = yield* Effect.when(store.nextDue(lane.key), () => free > jobs.length)
          return Option.match(
            Option.flatMapNullable(next, (millis) => millis),
            {
              onNone: () => Lanes.idle,
              onSome: (millis) => Lanes.dueIn(Math.max(_shortestNapMillis, millis))
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

const _limit = (handlers: ReadonlyMap<string, JobRunner.Bound>, lane: Lanes.Lane): number => {
  const queue = lane.key.slice(0, lane.key.lastIndexOf(":"))
  return [...handlers.values()].find((known) => known.queue === queue)?.concurrency ?? _defaultConcurrency
}

type _Slots = ReadonlyMap<string, ReadonlySet<string>>

const _with = (slots: _Slots, slot: string, ids: ReadonlyArray<string>): _Slots =>
  new Map([...slots, [slot, new Set([...(slots.get(slot) ?? []), ...ids])]])

const _without = (slots: _Slots, slot: string, id: string): _Slots => {
  const rest = [...(slots.get(slot) ?? [])].filter((other) => other !== id)
  const others = [...slots].filter(([name]) => name !== slot)
  return new Map(rest.length === 0 ? others : [...others, [slot, new Set(rest)]])
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

/**
 * An attempt whose own fiber is interrupted writes nothing: the next owner claims the row under its epoch.
 */
const _outcome = <E>(job: JobStore.Claimed, exit: Exit.Exit<void, E>): Effect.Effect<_Outcome> =>
  Exit.match(exit, {
    onSuccess: () =>
      Effect.as(_counted("succeeded"), { status: "succeeded" as const, delayMillis: null, error: null }),
    onFailure: (cause) => _failed(job, cause)
  })

const _failed = <E>(job: JobStore.Claimed, cause: Cause.Cause<E>): Effect.Effect<_Outcome> =>
  Effect.gen(function* () {
    const dead = job.attempts >= job.maxAttempts
    const error = _storable(Cause.pretty(cause))
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

/** What jsonb takes: no NUL, no half of a surrogate pair. */
const _storable = (text: string): string =>
  Buffer.from(text.replaceAll("\0", "").slice(0, 2000)).toString("utf8")

const _counted = (outcome: string) => Metric.increment(Metric.tagged(_processed, "outcome", outcome))

export { JobRunner }
