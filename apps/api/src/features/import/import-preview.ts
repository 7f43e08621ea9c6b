import { EventBus } from "@tessera/infra/events/event-bus"
import { ObjectStore } from "@tessera/infra/storage/object-store"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { ParseError } from "@tessera/infra/workers/parse-error"
import { WorkerPool } from "@tessera/infra/workers/worker-pool"
import { Array as Arr, Chunk, Context, Effect, Either, Layer, Match, Option, Stream } from "effect"
import { ColumnMapping } from "./column-mapping.ts"
import { ImportCell } from "./import-cell.ts"
import { ImportFact } from "./import-fact.ts"
import { ImportFields } from "./import-fields.ts"
import { ImportMeter } from "./import-meter.ts"
import { ImportProgress } from "./import-progress.ts"
import { ImportRepo } from "./import-repo.ts"
import { ImportRunRepo } from "./import-run-repo.ts"
import { ImportStageRepo } from "./import-stage-repo.ts"
import { StagedLine } from "./staged-line.ts"
import { type Superseded } from "./superseded.ts"

type _Cells = ReadonlyArray<ImportCell.Cell>
type _Rows = Extract<WorkerPool.Progress, { readonly _tag: "Rows" }>
type _Batch = {
  readonly lines: ReadonlyArray<ImportStageRepo.Line>
  readonly rejections: ReadonlyArray<ImportStageRepo.Rejection>
  readonly position: ImportMeter.Position
}
type _Read = (cells: _Cells) => StagedLine.Read

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
 * Reads the file once, from end to end: each row is staged or refused, a thousand a transaction. An attempt that
 * follows another reads from the beginning and writes from behind the last row that is there.
 */
class ImportPreview extends Context.Tag("api/import/ImportPreview")<ImportPreview, ImportPreview.Shape>() {
  static readonly layer = Layer.effect(
    ImportPreview,
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const pool = yield* WorkerPool
      const database = yield* Database
      const bus = yield* EventBus
      const imports = yield* ImportRepo
      const runs = yield* ImportRunRepo
      const stages = yield* ImportStageRepo
      const progress = yield* ImportProgress

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
          const field = ColumnMapping.reader(mapping, columns)
          return Option.some<_Read>((cells) => (name) => field(cells, name))
        })

      const stage = (run: ImportRunRepo.Run, meter: ImportMeter.Shape) => (batches: Chunk.Chunk<_Batch>) =>
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

      const finish = (run: ImportRunRepo.Run) =>
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

      const run: ImportPreview.Shape["run"] = Effect.fn("ImportPreview.run")(function* (current) {
        const url = yield* store.presign(current.objectKey, _urlLife)
        const meter = yield* ImportMeter.make({ done: 0 })
        yield* pool.parse({ url: url.href }).pipe(
          Stream.mapAccumEffect(Option.none<_Read>(), (read, event) =>
            Match.value(event).pipe(
              Match.tagsExhaustive({
                Header: ({ columns }) =>
                  Effect.map(describe(current, columns), (layout) => _step(layout, Option.none<_Batch>())),
                Rows: (rows) =>
                  Effect.succeed(
                    _step(
                      read,
                      Option.map(read, (layout) => _sort(current, layout, rows))
                    )
                  )
              })
            )
          ),
          Stream.filterMap((batch) => batch),
          Stream.grouped(_group),
          Stream.runForEach(stage(current, meter))
        )
        return yield* finish(current)
      })

      return ImportPreview.of({ run })
    })
  )
}

const _step = <Layout, Batch>(layout: Layout, batch: Batch): readonly [Layout, Batch] => [layout, batch]

/** Nobody will look at the preview, so a file that cannot give a single row must say so. */
const _complete = ({ autocommit, kind }: ImportRunRepo.Run, mapping: _Mapping) => {
  const missing = ImportFields.missing(kind, mapping)
  return Effect.when(
    new ParseError({
      reason: "Malformed",
      message: `No column of the file is recognised as ${missing.join(", ")}`
    }),
    () => autocommit && missing.length > 0
  )
}

type _Mapping = ImportRunRepo.Run["mapping"]

/** Rows are counted as the file has them, blank ones left out, so that a second reading counts the same. */
const _sort = (run: ImportRunRepo.Run, layout: _Read, { rows, ...at }: _Rows): _Batch => {
  const before = at.rowsRead - rows.length
  const fresh = rows
    .map(({ cells }, index) => ({ row: before + index + 1, cells: cells.map(ImportCell.clean) }))
    .filter(({ row }) => row > run.stagedRow)
  const [rejections, lines] = Arr.partitionMap(fresh, ({ row, cells }) =>
    StagedLine.read(run.kind, layout(cells)).pipe(
      Either.mapBoth({
        onLeft: (reason) => ({ row, reason, cells }),
        onRight: ({ key, line }) => ({ row, key, line })
      })
    )
  )
  return { lines, rejections, position: { done: at.bytesRead, total: at.totalBytes, rows: at.rowsRead } }
}

type _Gathered = { readonly units: number; readonly lines: number; readonly known: number }

/** Products that exist are updated, orders that exist are left alone; repeated rows of a product give way to the last. */
const _forecasts = {
  products: ({ units, lines, known }: _Gathered) => ({
    created: units - known,
    updated: known,
    skipped: lines - units
  }),
  orders: ({ units, known }: _Gathered) => ({ created: units - known, updated: 0, skipped: known })
} as const

export { ImportPreview }
