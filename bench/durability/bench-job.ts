import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Tenancy } from "@tessera/infra/tenancy"
import { Duration, Schema } from "effect"

/** A lane has one owner, and each tenant has a lane: with so many of them every replica has some. */
const tenants = 32

const tenant = (index: number) =>
  Tenancy.system(
    Tenancy.Id.make(`00000000-0000-4000-8000-${String(index % tenants).padStart(12, "0")}`),
    "durability-bench"
  )

/** A job that does nothing, submitted in turn by many tenants. */
const BenchJob = {
  definition: JobDefinition.make({
    name: "bench",
    queue: "bench",
    payload: Schema.Struct({ tag: Schema.String, index: Schema.Number, at: Schema.Number }),
    maxAttempts: 3,
    concurrency: 64,
    timeout: Duration.seconds(30)
  }),
  tenant
} as const

export { BenchJob }
