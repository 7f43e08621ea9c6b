import { Array as Arr, Context, Effect, Layer, Option, Schema } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { JobBacklog } from "./job-backlog.ts"
import { JobDefinition } from "./job-definition.ts"
import { type JobError } from "./job-error.ts"
import { JobIntake } from "./job-intake.ts"
import { JobRunner } from "./job-runner.ts"
import { JobStore } from "./job-store.ts"

declare namespace JobService {
  type Attempt = JobRunner.Attempt
  type Submission = {
    /**
     * At most one job of this name and key is queued or running; a second submit answers with the first's
     * id, and of several payloads only the first is submitted.
     */
    readonly dedupeKey?: string
  }
  type Shape = {
    /**
     * One statement for one or many; in the caller's transaction when there is one. Answers the job ids.
     * Refused when too much of the tenant waits in the queue.
     */
    readonly submit: <A, I>(
      definition: JobDefinition.Any<A, I>,
      payloads: A | ReadonlyArray<A>,
      options?: JobService.Submission
    ) => Effect.Effect<ReadonlyArray<string>, JobError, Tenancy.Current>
    /**
     * To be called while a layer builds, on every replica alike. At least once: the handler must be
     * idempotent.
     */
    readonly handle: <A, I, E>(
      definition: JobDefinition.Any<A, I>,
      handler: (payload: A, attempt: JobService.Attempt) => Effect.Effect<void, E, Tenancy.Current>
    ) => Effect.Effect<void>
    /** Makes the owner of the lane look; for a row that was changed by other means. */
    readonly wake: (queue: string, tenantId: Tenancy.Id) => Effect.Effect<void>
  }
}

const _id = ({ id }: { readonly id: string }): string => id

const _laneOf = (queue: string, tenantId: string): string => `${queue}:${tenantId}`

/** Background work on lanes: a row is the truth, its lane's owner runs it, whatever dies in between. */
class JobService extends Context.Tag("infra/jobs/JobService")<JobService, JobService.Shape>() {
  static readonly layer = Layer.effect(
    JobService,
    Effect.gen(function* () {
      const store = yield* JobStore
      const runner = yield* JobRunner
      const lanes = yield* Lanes
      const intake = yield* JobIntake
      const backlog = yield* JobBacklog

      yield* lanes.register({
        name: JobStore.kind,
        due: (partitions) => Effect.succeed(store.due(partitions)),
        work: runner.work
      })

      const submit: JobService.Shape["submit"] = (definition, payloads, options) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const { maxAttempts, name, queue } = definition
          const lane = _laneOf(queue, tenantId)
          const partition = Lanes.partitionOf(lane)
          const encode = Schema.encode(definition.payload)
          const drafts = yield* Effect.forEach(Arr.ensure(payloads), (payload) =>
            Effect.map(Effect.all([Identifier.uuid, encode(payload)]), ([id, encoded]) => ({
              ...{ id, lane, queue, name, partition, maxAttempts },
              payload: encoded
            }))
          ).pipe(Effect.orDie)
          yield* backlog.admit({ partition, lane, queue }, drafts.length, JobDefinition.backlog(definition))
          const wake = lanes.wake(JobStore.kind, lane)
          return yield* Option.match(Option.fromNullable(options?.dedupeKey), {
            onNone: () => Effect.as(intake.insert(drafts, wake), drafts.map(_id)),
            onSome: (key) =>
              Effect.forEach(drafts.slice(0, 1), (draft) => intake.once(draft, key, wake)).pipe(
                Effect.map(([id]) => drafts.map((draft) => id ?? draft.id))
              )
          })
        }).pipe(Effect.withSpan("JobService.submit", { captureStackTrace: false }))

      const handle: JobService.Shape["handle"] = (definition, handler) => {
        const decode = Schema.decodeUnknown(definition.payload)
        const { queue, concurrency, timeout } = definition
        return runner.bind(definition.name, {
          queue,
          concurrency,
          timeout,
          run: (payload, attempt) =>
            Effect.orDie(Effect.flatMap(decode(payload), (decoded) => handler(decoded, attempt)))
        })
      }

      return JobService.of({
        submit,
        handle,
        wake: (queue, tenantId) => lanes.wake(JobStore.kind, _laneOf(queue, tenantId))
      })
    })
  ).pipe(
    Layer.provide(JobRunner.layer),
    Layer.provide(JobStore.layer),
    Layer.provide(JobIntake.layer),
    Layer.provide(JobBacklog.layer)
  )
}

export { JobService }
