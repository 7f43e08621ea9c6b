import { Layer } from "effect"
import { JobHttpLive } from "./job-http-live.ts"
import { JobRepo } from "./job-repo.ts"
import { Jobs } from "./jobs.ts"

/** All `app.ts` knows of this folder; it wants `JobService`, `Database` and `SqlClient`. */
const JobFeature = JobHttpLive.pipe(Layer.provide(Jobs.layer), Layer.provide(JobRepo.layer))

export { JobFeature }
