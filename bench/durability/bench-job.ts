import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Tenancy } from "@tessera/infra/tenancy"
import { Array as Arr, Duration, Schema } from "effect"

/** A lane has one owner, and each tenant has a lane: with so many of them every replica has some. */
const tenants = 32

/** Made once: a request of the product has its actor, too. */
const actors = Arr.makeBy(tenants, (index) =>
  Tenancy.system(
    Tenancy.Id.make(`00000000-0000-4000-8000-${String(index).padStart(12, "0")}`),
    "durability-bench"
  )
)
const [first] = actors

const tenant = (index: number) => actors[index % tenants] ?? first

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
