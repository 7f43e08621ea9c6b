import { JobService } from "@tessera/infra/jobs/job-service"
import { Effect, Layer } from "effect"
import { ImportHttpLive } from "./import-http-live.ts"
import { ImportRejections } from "./import-rejections.ts"
import { ImportRepo } from "./import-repo.ts"
import { ImportUpload } from "./import-upload.ts"
import { Imports } from "./imports.ts"
import { ImportCommit } from "./run/import-commit.ts"
import { ImportFileJob } from "./run/import-file-job.ts"
import { ImportPreview } from "./run/import-preview.ts"
import { ImportProgress } from "./run/import-progress.ts"
import { ImportRunRepo } from "./run/import-run-repo.ts"
import { ImportStage } from "./run/import-stage.ts"
import { ImportStageRepo } from "./run/import-stage-repo.ts"
import { ImportWork } from "./run/import-work.ts"

const _job = Layer.effectDiscard(
  Effect.gen(function* () {
    const jobs = yield* JobService
    const work = yield* ImportWork
    yield* jobs.handle(ImportFileJob, ({ importId }, { attempt }) => work.run(importId, attempt))
  })
)

const _work = ImportWork.layer.pipe(
  Layer.provide([ImportPreview.layer, ImportCommit.layer]),
  Layer.provide(ImportStage.layer),
  Layer.provide(ImportProgress.layer),
  Layer.provide(ImportRunRepo.layer)
)

/** All `app.ts` knows of this folder; it wants `ImportProducts` and `ImportOrders`, which `wiring/` binds. */
const ImportFeature = Layer.mergeAll(ImportHttpLive, _job).pipe(
  Layer.provide([Imports.layer, ImportRejections.layer, _work]),
  Layer.provide(ImportUpload.layer),
  Layer.provide([ImportRepo.layer, ImportStageRepo.layer])
)

export { ImportFeature }
