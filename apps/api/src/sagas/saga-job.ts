import { WorkflowEngine } from "@effect/workflow"
import { ClusterError } from "@tessera/infra/cluster/cluster-error"
import { type JobDefinition } from "@tessera/infra/jobs/job-definition"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Saga } from "@tessera/infra/workflows/saga"
import { Effect, Layer } from "effect"

declare namespace SagaJob {
  type Options<A, I> = {
    readonly job: JobDefinition.Any<A, I>
    readonly saga: Saga.Flow
    readonly subjectOf: (payload: A) => Saga.Subject
    /** What is undone then, as a log says it. */
    readonly noun: string
  }
}

/**
 * A job that sees a saga to its end. An undone one is a normal end: somebody was told no, and everything is
 * given back. So is one that waits for somebody: its saga goes on by itself.
 */
const SagaJob = {
  layer: <A, I>({ job, noun, saga, subjectOf }: SagaJob.Options<A, I>) =>
    Layer.effectDiscard(
      Effect.gen(function* () {
        const jobs = yield* JobService
        const engine = yield* WorkflowEngine.WorkflowEngine
        yield* jobs.handle(job, (payload) =>
          Effect.flatMap(Tenancy.Current, (actor) =>
            Saga.run(saga, { actor, subject: subjectOf(payload) }).pipe(
              ClusterError.refine,
              Effect.catchTag("Saga.Undone", ({ reason }) =>
                Effect.logInfo(`the ${noun} was undone: ${reason}`)
              ),
              Effect.provideService(WorkflowEngine.WorkflowEngine, engine)
            )
          )
        )
      })
    )
} as const

export { SagaJob }
