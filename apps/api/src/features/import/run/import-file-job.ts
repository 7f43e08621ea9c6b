import { JobDefinition } from "@tessera/infra/jobs/job-definition"
import { Import } from "@tessera/shared/import/import"
import { Duration, Schema } from "effect"

/** Takes an import from where its row says it is to where it has to wait for a person, or to its end. */
const ImportFileJob = JobDefinition.make({
  name: "import-file",
  queue: "imports",
  payload: Schema.Struct({ importId: Import.Id }),
  maxAttempts: 20,
  concurrency: 2,
  timeout: Duration.hours(1)
})

export { ImportFileJob }
