import { ObjectStore } from "@tessera/infra/storage/object-store"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { ParseError } from "@tessera/infra/workers/parse-error"
import { WorkerPool } from "@tessera/infra/workers/worker-pool"
import { Context, Effect, Layer, Match, Option, Stream } from "effect"
import { ImportRepo } from "../import-repo.ts"
import { ColumnMapping } from "../rows/column-mapping.ts"
import { ImportCell } from "../rows/import-cell.ts"
import { ImportFields } from "../rows/import-fields.ts"
import { RowSorter } from "../rows/row-sorter.ts"
import { ImportMeter } from "./import-meter.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { ImportStage } from "./import-stage.ts"
import { type Superseded } from "./superseded.ts"

type _Sorter = Option.Option<RowSorter.Sorter>
type _Step = readonly [sorter: _Sorter, batch: Option.Option<RowSorter.Batch>]

declare namespace ImportPreview {
  type Shape = {
    /** The import as it is then: `ready`, or `committing` where nobody has to be asked. */
    readonly run: (
      run: ImportRunRepo.Run
    ) => Effect.Effect<ImportRunRepo.Run, WorkerPool.Failure | Superseded, Tenancy.Current>
  }
}

/** Batches of the parser that go into one transaction. */
const _group = 5
/** Longer than a job may take. */
const _urlLife = "2 hours"

/**
 * Reads the file once, from end to end: each row is staged or refused, a thousand a transaction. An attempt
 * that follows another reads from the beginning and writes from behind the last row that is there.
 */
class ImportPreview extends Context.Tag("api/import/ImportPreview")<ImportPreview, ImportPreview.Shape>() {
  static readonly layer = Layer.effect(
    ImportPreview,
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const pool = yield* WorkerPool
      const database = yield* Database
      const imports = yield* ImportRepo
      const runs = yield* ImportRunRepo
      const stage = yield* ImportStage

      const describe = (run: ImportRunRepo.Run, header: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const columns = header.map((column) => ImportCell.text(column))
          const mapping = yield* database.transaction(
            Effect.gen(function* () {
              const remembered = yield* imports.remembered(run.kind)
              return yield* runs.describe(run, columns, ColumnMapping.choose(run.kind, columns, remembered))
            })
          )
          yield* _complete(run, mapping)
          return RowSorter.make({ ...run, mapping, columns, after: run.stagedRow })
        })

      const run: ImportPreview.Shape["run"] = Effect.fn("ImportPreview.run")(function* (current) {
        const url = yield* store.presign(current.objectKey, _urlLife)
        const meter = yield* ImportMeter.make({ done: 0 })
        yield* pool.parse({ url: url.href }).pipe(
          Stream.mapAccumEffect(Option.none<RowSorter.Sorter>(), (sorter: _Sorter, event) =>
            Match.value(event).pipe(
              Match.withReturnType<Effect.Effect<_Step, WorkerPool.Failure | Superseded, Tenancy.Current>>(),
              Match.tagsExhaustive({
                Header: ({ columns }) =>
                  Effect.map(describe(current, columns), (made) => [Option.some(made), Option.none()]),
                Rows: (rows) => Effect.succeed([sorter, Option.map(sorter, (sort) => sort(rows))])
              })
            )
          ),
          Stream.filterMap((batch) => batch),
          Stream.grouped(_group),
          Stream.mapEffect(stage.write(current, meter)),
          Stream.runDrain
        )
        return yield* stage.finish(current)
      })

      return ImportPreview.of({ run })
    })
  )
}

/** Nobody will look at the preview, so a file that cannot give a single row must say so. */
const _complete = ({ autocommit, kind }: ImportRunRepo.Run, mapping: ImportRunRepo.Run["mapping"]) => {
  const missing = ImportFields.missing(kind, mapping)
  return Effect.when(
    new ParseError({
      reason: "Malformed",
      message: `No column of the file is recognised as ${missing.join(", ")}`
    }),
    () => autocommit && missing.length > 0
  )
}

export { ImportPreview }
