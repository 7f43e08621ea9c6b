import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { type WorkerPool } from "@tessera/infra/workers/worker-pool"
import { type Import } from "@tessera/shared/import/import"
import { Context, Effect, Layer, Option } from "effect"
import { ImportFact } from "../rows/import-fact.ts"
import { ImportCommit } from "./import-commit.ts"
import { ImportFileJob } from "./import-file-job.ts"
import { ImportPreview } from "./import-preview.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { ImportStageRepo } from "./import-stage-repo.ts"
import { type Superseded } from "./superseded.ts"

declare namespace ImportWork {
  type Shape = {
    /** One attempt of the job. Failures are worth another attempt; a file that cannot be read is none. */
    readonly run: (id: Import.Id, attempt: number) => Effect.Effect<void, WorkerPool.Failure, Tenancy.Current>
  }
}

/** Attempts after which a parser that dies, or a file that cannot be fetched, is the file's fault. */
const _patience = 5

const _lasting = "The import met the same trouble at every attempt; nothing more of the file was taken."

type _Phase = Effect.Effect<void, WorkerPool.Failure | Superseded, Tenancy.Current>

/**
 * The state machine of an import, driven by its row: whoever runs it next goes on where the last one
 * stopped.
 */
class ImportWork extends Context.Tag("api/import/ImportWork")<ImportWork, ImportWork.Shape>() {
  static readonly layer = Layer.effect(
    ImportWork,
    Effect.gen(function* () {
      const preview = yield* ImportPreview
      const commit = yield* ImportCommit
      const runs = yield* ImportRunRepo
      const stages = yield* ImportStageRepo
      const bus = yield* EventBus
      const database = yield* Database

      const read = (run: ImportRunRepo.Run): _Phase =>
        Effect.flatMap(preview.run(run), (next) =>
          Effect.when(commit.run(next), () => next.status === "committing")
        )

      const phases: Record<Import.Status, (run: ImportRunRepo.Run) => _Phase> = {
        uploaded: read,
        previewing: read,
        ready: () => Effect.void,
        committing: commit.run,
        completed: () => Effect.void,
        failed: () => Effect.void,
        cancelled: () => Effect.void
      }

      const fail = (run: ImportRunRepo.Run, reason: string) =>
        database.transaction(
          Effect.gen(function* () {
            const failed = yield* runs.finish(run, "failed", reason)
            yield* stages.clear(run.id)
            yield* bus.emit(ImportFact.failed(failed, reason))
          })
        )

      const run: ImportWork.Shape["run"] = Effect.fn("ImportWork.run")(function* (id, attempt) {
        const claimed = yield* database.transaction(runs.claim(id))
        const giveUp = (current: ImportRunRepo.Run) => (error: WorkerPool.Failure) =>
          _isFinal(error) || attempt >= _patience ? fail(current, error.message) : Effect.fail(error)
        yield* Option.match(claimed, {
          onNone: () => Effect.void,
          onSome: (current) =>
            phases[current.status](current).pipe(
              Effect.catchTags({
                "Workers.ParseError": giveUp(current),
                "Workers.Crash": giveUp(current),
                "Workers.Timeout": giveUp(current)
              }),
              // A defect that outlives every attempt must not leave the person waiting.
              Effect.catchAllDefect((defect) =>
                attempt >= ImportFileJob.maxAttempts ? fail(current, _lasting) : Effect.die(defect)
              ),
              // Nothing is lost: the row belongs to a newer attempt, or to the person who cancelled it.
              Effect.catchTag("Import.Superseded", () => Effect.logInfo("this attempt at the import is over"))
            )
        })
      })

      return ImportWork.of({ run })
    })
  )
}

const _isFinal = (error: WorkerPool.Failure): boolean =>
  error._tag === "Workers.ParseError" && error.reason !== "Unreachable"

export { ImportWork }
