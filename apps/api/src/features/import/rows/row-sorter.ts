import { type RowSource } from "@tessera/infra/workers/row-source"
import { type Import } from "@tessera/shared/import/import"
import { Array as Arr, Either } from "effect"
import { type ImportMeter } from "../run/import-meter.ts"
import { type ImportStageRepo } from "../run/import-stage-repo.ts"
import { ColumnMapping } from "./column-mapping.ts"
import { ImportCell } from "./import-cell.ts"
import { StagedLine } from "./staged-line.ts"

declare namespace RowSorter {
  type Batch = {
    readonly lines: ReadonlyArray<ImportStageRepo.Line>
    readonly rejections: ReadonlyArray<ImportStageRepo.Rejection>
    readonly position: ImportMeter.Position
  }
  type Rows = Omit<RowSource.Rows, "_tag">
  type Sorter = (rows: Rows) => Batch
}

/** Tells rows that can be committed from those that cannot, under one mapping. */
const RowSorter = {
  /**
   * Rows up to `after` are there already and left out. Blank rows do not count, so a second reading counts
   * the same.
   */
  make: (options: {
    readonly kind: Import.Kind
    readonly mapping: Import.Mapping
    readonly columns: ReadonlyArray<string>
    readonly after: number
  }): RowSorter.Sorter => {
    const field = ColumnMapping.reader(options.mapping, options.columns)
    return ({ rows, bytesRead, totalBytes, rowsRead }) => {
      const before = rowsRead - rows.length
      const fresh = rows
        .map(({ cells }, index) => ({ row: before + index + 1, cells: cells.map(ImportCell.clean) }))
        .filter(({ row }) => row > options.after)
      const [rejections, lines] = Arr.partitionMap(fresh, ({ row, cells }) =>
        Either.mapBoth(
          StagedLine.read(options.kind, (name) => field(cells, name)),
          {
            onLeft: (reason) => ({ row, reason, cells }),
            onRight: ({ key, line }) => ({ row, key, line })
          }
        )
      )
      return { lines, rejections, position: { done: bytesRead, total: totalBytes, rows: rowsRead } }
    }
  }
} as const

export { RowSorter }
