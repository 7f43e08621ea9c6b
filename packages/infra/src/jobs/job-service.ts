import { Array as Arr, Cause, Context, Duration, Effect, Exit, Layer, Metric, Ref, Schema } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { JobDefinition } from "./job-definition.ts"
import { JobStore } from "./job-store.ts"

declare namespace JobService {
  type Attempt = { readonly jobId: string; readonly attempt: number }
  type Submission = {
    /** At most one job of this name and key is queued or running; a second submit answers with the first's id. */
    readonly dedupeKey?: string
  }
  type Shape = {
    /** One statement for one or many; in the caller's transaction when there is one. Answers the job ids. */
    readonly submit: <A, I>(
      definition: JobDefinition.Any<A, I>,
      payloads: A | ReadonlyArray<A>,
      options?: JobService.Submission
    ) => Effect.Effect<ReadonlyArray<string>, never, Tenancy.Current>
    /** To be called while a layer builds, on every replica alike. At least once: the handler must be idempotent. */
    readonly handle: <A, I, E>(
      definition: JobDefinition.Any<A, I>,
      handler: (payload: A, attempt: JobService.Attempt) => Effect.Effect<void, E, Tenancy.Current>
    ) => Effect.Effect<void>
    /** Makes the owner of the lane look; for a row that was changed by other means. */
    readonly wake: (queue: string, tenantId: Tenancy.Id) => Effect.Effect<void>
  }
}

type _Bound = {
  readonly definition: { readonly concurrency: number; readonly timeout: JobDefinition.Any["timeout"] }
  readonly run: (payload: unknown, attempt: JobService.Attempt) => Effect.Effect<void, never, Tenancy.Current>
}

type _Outcome = Pick<JobStore.Outcome, "status" | "delayMillis" | "error">

const _kind = "jobs"
const _defaultConcurrency = 4

const _processed = Metric.counter("jobs_total", { incremental: true })
const _running = Metric.gauge("jobs_running")

const _laneOf = (queue: string, tenantId: string): string => `${queue}:${tenantId}`

/** Background work on lanes: a row is the truth, its lane's owner runs it, whatever dies in between. */
class JobService extends Context.Tag("infra/jobs/JobService")<JobService, JobService.Shape>() {
  static readonly layer = Layer.effect(
    JobService,
    Effect.gen(function* () {
      const store = yield* JobStore
      const lanes = yield* Lanes
      const database = yield* Database
      const bound = yield* Ref.make<ReadonlyMap<string, _Bound>>(new Map())
      const queues = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
      /** Jobs under way per lane and epoch on this replica. */
      const inFlight = yield* Ref.make<ReadonlyMap<string, number>>(new Map())

      const count = (lane: string, by: number) =>
        Ref.update(inFlight, (counts) => new Map([...counts, [lane, (counts.get(lane) ?? 0) + by]]))

      const run = (lane: Lanes.Lane, slot: string) => (job: JobStore.Claimed) =>
        Effect.gen(function* () {
          const handler = (yield* Ref.get(bound)).get(job.name) ?? _unbound(job.name)
          const exit = yield* handler.run(job.payload, { jobId: job.id, attempt: job.attempts }).pipe(
            Effect.timeout(handler.definition.timeout),
            Effect.provideService(Tenancy.Current, job.actor),
            Effect.annotateLogs({ job: job.name, jobId: job.id, tenantId: job.tenantId }),
            Effect.withSpan("job", { attributes: { name: job.name, attempt: job.attempts } }),
            Effect.exit
          )
          yield* _outcome(job, exit).pipe(
            Effect.flatMap((outcome) =>
              store.complete({ ...outcome, id: job.id, tenantId: job.tenantId, ..._fence(lane) })
            )
          )
        }).pipe(
          Effect.ensuring(Effect.zipRight(count(slot, -1), Metric.incrementBy(_running, -1))),
          Effect.zipRight(lane.touch),
          Effect.forkIn(lane.scope)
        )

      const work = (lane: Lanes.Lane) =>
        Effect.gen(function* () {
          const slot = `${lane.key}@${lane.epoch}`
          const queue = lane.key.slice(0, lane.key.lastIndexOf(":"))
          const capacity = (yield* Ref.get(queues)).get(queue) ?? _defaultConcurrency
          const free = capacity - ((yield* Ref.get(inFlight)).get(slot) ?? 0)
          const jobs = yield* free > 0
            ? store.claim({ ..._fence(lane), lane: lane.key, limit: free })
            : Effect.succeed([])
          yield* count(slot, jobs.length)
          yield* Metric.incrementBy(_running, jobs.length)
          yield* Effect.forEach(jobs, run(lane, slot), { discard: true })
          const next = yield* free > jobs.length ? store.nextDue(lane.key) : Effect.succeed(null)
          return next === null ? Lanes.idle : Lanes.dueIn(Math.max(1, next))
        })

      yield* lanes.register({ name: _kind, due: store.due, work })

      const submit: JobService.Shape["submit"] = (definition, payloads, options) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const lane = _laneOf(definition.queue, tenantId)
          const encode = Schema.encode(definition.payload)
          const drafts = yield* Effect.forEach(Arr.ensure(payloads), (payload) =>
            Effect.map(Effect.all([Identifier.uuid, encode(payload)]), ([id, encoded]) => ({
              id,
              lane,
              queue: definition.queue,
              name: definition.name,
              partition: Lanes.partitionOf(lane),
              payload: encoded,
              maxAttempts: definition.maxAttempts,
              dedupeKey: options?.dedupeKey ?? null
            }))
          ).pipe(Effect.orDie)
          return yield* database.transaction(
            Effect.zipLeft(store.insert(drafts), database.afterCommit(lanes.wake(_kind, lane)))
          )
        }).pipe(Effect.withSpan("JobService.submit"))

      const handle: JobService.Shape["handle"] = (definition, handler) =>
        Effect.zipRight(
          Ref.update(queues, (known) => new Map([...known, [definition.queue, definition.concurrency]])),
          Ref.update(bound, (known) => {
            const decode = Schema.decodeUnknown(definition.payload)
            const run: _Bound["run"] = (payload, attempt) =>
              Effect.flatMap(decode(payload), (decoded) => handler(decoded, attempt)).pipe(Effect.orDie)
            return new Map([...known, [definition.name, { definition, run }]])
          })
        )

      return JobService.of({
        submit,
        handle,
        wake: (queue, tenantId) => lanes.wake(_kind, _laneOf(queue, tenantId))
      })
    })
  ).pipe(Layer.provide(JobStore.layer))
}

const _fence = (lane: Lanes.Lane) => ({ partition: lane.partition, epoch: lane.epoch })

const _unbound = (name: string): _Bound => ({
  definition: { concurrency: _defaultConcurrency, timeout: Duration.minutes(1) },
  run: () => Effect.dieMessage(`no handler is bound for the job ${name}`)
})

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

const _counted = (outcome: string) => Metric.increment(Metric.tagged(_processed, "outcome", outcome))

export { JobService }
