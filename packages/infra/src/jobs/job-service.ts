import { Array as Arr, Context, Effect, Layer, Schema } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { type JobDefinition } from "./job-definition.ts"
import { JobRunner } from "./job-runner.ts"
import { JobStore } from "./job-store.ts"

declare namespace JobService {
  type Attempt = JobRunner.Attempt
  type Submission = {
    /**
     * At most one job of this name and key is queued or running; a second submit answers with the first's
     * id.
     */
    readonly dedupeKey?: string
  }
  type Shape = {
    /** One statement for one or many; in the caller's transaction when there is one. Answers the job ids. */
    readonly submit: <A, I>(
      definition: JobDefinition.Any<A, I>,
      payloads: A | ReadonlyArray<A>,
      options?: JobService.Submission
    ) => Effect.Effect<ReadonlyArray<string>, never, Tenancy.Current>
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

const _kind = "jobs"

const _laneOf = (queue: string, tenantId: string): string => `${queue}:${tenantId}`

/** Background work on lanes: a row is the truth, its lane's owner runs it, whatever dies in between. */
class JobService extends Context.Tag("infra/jobs/JobService")<JobService, JobService.Shape>() {
  static readonly layer = Layer.effect(
    JobService,
    Effect.gen(function* () {
      const store = yield* JobStore
      const runner = yield* JobRunner
      const lanes = yield* Lanes
      const database = yield* Database

      yield* lanes.register({ name: _kind, due: store.due, work: runner.work })

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
        wake: (queue, tenantId) => lanes.wake(_kind, _laneOf(queue, tenantId))
      })
    })
  ).pipe(Layer.provide(JobRunner.layer), Layer.provide(JobStore.layer))
}

export { JobService }
