import { EventBus } from "@tessera/infra/events/event-bus"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Chunk, Context, Effect, Layer } from "effect"
import { ImportFact } from "../rows/import-fact.ts"
import { type RowSorter } from "../rows/row-sorter.ts"
import { type ImportMeter } from "./import-meter.ts"
import { ImportProgress } from "./import-progress.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { ImportStageRepo } from "./import-stage-repo.ts"
import { type Superseded } from "./superseded.ts"

declare namespace ImportStage {
  type Shape = {
    /** Some batches, at least one, in one transaction, with the position behind them. */
    readonly write: (
      run: ImportRunRepo.Run,
      meter: ImportMeter.Shape
    ) => (batches: Chunk.Chunk<RowSorter.Batch>) => Effect.Effect<void, Superseded, Tenancy.Current>
    /** The whole file is there: what will come of it, and who decides. */
    readonly finish: (run: ImportRunRepo.Run) => Effect.Effect<ImportRunRepo.Run, Superseded, Tenancy.Current>
  }
}

/** Where rows wait between the file and the feature that owns them. */
class ImportStage extends Context.Tag("api/import/ImportStage")<ImportStage, ImportStage.Shape>() {
  static readonly layer = Layer.effect(
    ImportStage,
    Effect.gen(function* () {
      const database = yield* Database
      const bus = yield* EventBus
      const runs = yield* ImportRunRepo
      const stages = yield* ImportStageRepo
      const progress = yield* ImportProgress

      const write: ImportStage.Shape["write"] = (run, meter) => (batches) =>
        Effect.gen(function* () {
          const all = Chunk.toReadonlyArray(batches)
          const lines = all.flatMap((batch) => batch.lines)
          const rejections = all.flatMap((batch) => batch.rejections)
          const { position } = Chunk.unsafeLast(batches)
          const rows = lines.length + rejections.length
          yield* database
            .transaction(
              Effect.zipRight(
                runs.staged(run, { upTo: position.rows, rows, rejected: rejections.length }),
                stages.stage(run.id, lines, rejections)
              )
            )
            .pipe(Effect.unless(() => rows === 0))
          yield* progress.report(run, meter, position)
        })

      const finish: ImportStage.Shape["finish"] = (run) =>
        database.transaction(
          Effect.gen(function* () {
            yield* runs.hold(run)
            const { units, lines } = yield* stages.gather(run.id)
            const known = yield* stages.known(run.id, run.kind)
            const forecast = _forecasts[run.kind]({ units, lines, known })
            const next = yield* runs.previewed(run, run.autocommit ? "committing" : "ready", {
              units,
              ...forecast
            })
            yield* bus.emit(ImportFact.progressed(next, next.status === "ready" ? 100 : 0))
            return next
          })
        )

      return ImportStage.of({ write, finish })
    })
  )
}

type _Gathered = { readonly units: number; readonly lines: number; readonly known: number }

/**
 * Products that exist are updated, orders that exist are left alone; repeated rows of a product give way
 * to the last.
 */
const _forecasts = {
  products: ({ units, lines, known }: _Gathered) => ({
    created: units - known,
    updated: known,
    skipped: lines - units
  }),
  orders: ({ units, known }: _Gathered) => ({ created: units - known, updated: 0, skipped: known })
} as const

export { ImportStage }
