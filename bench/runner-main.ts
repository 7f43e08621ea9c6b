import { NodeRuntime } from "@effect/platform-node"
import { type WorkflowEngine } from "@effect/workflow"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Effect, Layer, Logger, LogLevel, Runtime } from "effect"
import { BenchEntity } from "./durability/bench-entity.ts"
import { BenchJob } from "./durability/bench-job.ts"
import { BenchSaga } from "./durability/bench-saga.ts"
import { RunnerLayers } from "./durability/runner-layers.ts"
import { serve } from "./durability/serve.ts"
import { Sightings } from "./durability/sightings.ts"
import { monotonic } from "./support/monotonic.ts"

/** Things that messages are sent to, on all replicas. */
const actors = 256

const program = Effect.gen(function* () {
  const message = yield* BenchEntity.entity.client
  const jobs = yield* JobService
  const { shardsOwned } = yield* ClusterService
  const run = Runtime.runPromise(yield* Effect.runtime<WorkflowEngine.WorkflowEngine>())
  yield* jobs.handle(BenchJob.definition, ({ at, index, tag }) =>
    Effect.sync(() => Sightings.see(tag, index, at))
  )
  const target = (index: number) => message(`actor-${index % actors}`)
  const payload = (tag: string, index: number) => ({ tag, index, at: monotonic() })
  serve({
    share: () => run(Effect.map(shardsOwned, (owned) => owned / ClusterService.settings.shards)),
    loads: {
      request: (tag, index) => run(target(index).Run(payload(tag, index))),
      fresh: (tag, index) => run(message(`${tag}-${index}`).Run(payload(tag, index))),
      discard: (tag, index) => run(target(index).Run(payload(tag, index), { discard: true })),
      job: (tag, index) =>
        run(
          jobs
            .submit(BenchJob.definition, payload(tag, index))
            .pipe(Effect.provideService(Tenancy.Current, BenchJob.tenant(index)))
        ),
      saga: (tag, index) => run(BenchSaga.execute(tag, index, false)),
      failing: (tag, index) => run(Effect.flip(BenchSaga.execute(tag, index, true)))
    }
  })
})

NodeRuntime.runMain(
  Layer.launch(
    Layer.effectDiscard(program).pipe(
      Layer.provide(Layer.mergeAll(BenchEntity.layer, BenchSaga.layer)),
      Layer.provide(RunnerLayers),
      Layer.provide(Logger.minimumLogLevel(LogLevel.Warning))
    )
  )
)
