import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { JobService } from "@tessera/infra/jobs/job-service"
import { Duration, Effect, Layer, Schema } from "effect"

const definition = JobDefinition.make({
  name: "chaos-chore",
  queue: "chaos",
  payload: Schema.Struct({ n: Schema.Number }),
  maxAttempts: 5,
  concurrency: 64,
  timeout: Duration.seconds(30)
})

/** A job that does nothing: what becomes of its rows is what a case looks at. */
const ProbeJob = {
  layer: Layer.effectDiscard(Effect.flatMap(JobService, (jobs) => jobs.handle(definition, () => Effect.void)))
}

export { ProbeJob }
