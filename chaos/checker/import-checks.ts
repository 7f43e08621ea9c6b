import { type HistoryEntry } from "../history/history-entry.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { type StoredState } from "./stored-state.ts"

interface State {
  readonly imports: ReadonlyArray<StoredState.Import>
  readonly orders: ReadonlyArray<StoredState.Order>
}

/** I10: each order of a file that was accepted exists once, and the import counted what the file had. */
const ImportChecks = {
  check: (evidence: Evidence, { imports, orders }: State): ReadonlyArray<Finding> => {
    const byFile = grouped(imports, ({ fileName, tenant }) => `${tenant} ${fileName}`)
    const byNumber = grouped(orders, ({ number, tenant }) => `${tenant} ${number}`)
    return evidence.operations.of("import").flatMap((upload): ReadonlyArray<Finding> => {
      const args = upload.args as HistoryEntry.ImportArgs
      const rows = byFile.get(`${upload.tenant} ${args.fileName}`) ?? []
      const made = args.numbers.map((number) => byNumber.get(`${upload.tenant} ${number}`) ?? [])
      const witness = [
        ...upload.lines.map((line) => JSON.stringify(line)),
        ...rows.map((row) => JSON.stringify(row)),
        ...made.flatMap((same) => (same.length > 1 ? same.map((order) => JSON.stringify(order)) : []))
      ]
      const isAccepted = upload.status === "ok"
      return problems({ args, isAccepted, made, rows, result: upload.result }).map((message) => ({
        invariant: "I10",
        message: `the import ${args.fileName} of ${upload.tenant}: ${message}`,
        witness
      }))
    })
  }
}

const problems = (upload: {
  readonly args: HistoryEntry.ImportArgs
  readonly isAccepted: boolean
  readonly made: ReadonlyArray<ReadonlyArray<StoredState.Order>>
  readonly rows: ReadonlyArray<StoredState.Import>
  readonly result: unknown
}): ReadonlyArray<string> => {
  const { args, isAccepted, made, result, rows } = upload
  const id = isAccepted ? (result as HistoryEntry.ImportResult).id : undefined
  const own = rows.find((row) => row.id === id)
  const missing = args.numbers.filter((_, index) => made[index]?.length === 0)
  const doubled = args.numbers.filter((_, index) => (made[index]?.length ?? 0) > 1)
  const created = rows.reduce((sum, row) => sum + row.created, 0)
  const present = made.filter((same) => same.length > 0).length
  return [
    ...(isAccepted && own === undefined ? ["it was accepted and is not there"] : []),
    ...(isAccepted && missing.length > 0 ? [`orders ${missing.join(", ")} are missing`] : []),
    ...(doubled.length > 0 ? [`orders ${doubled.join(", ")} exist more than once`] : []),
    ...(rows.length > 0 && created !== present ? [`${created} orders counted, ${present} are there`] : []),
    ...rows.flatMap((row) => countsOf(row, args))
  ]
}

const countsOf = (row: StoredState.Import, args: HistoryEntry.ImportArgs): ReadonlyArray<string> => {
  if (row.status !== "completed") return [`${row.id} ended as ${row.status}`]
  const units = row.created + row.skipped
  return [
    ...(row.rows === args.rows ? [] : [`${row.rows} rows read, the file has ${args.rows}`]),
    ...(row.rejected === args.wrong ? [] : [`${row.rejected} rows rejected, ${args.wrong} were wrong`]),
    ...(units === args.numbers.length
      ? []
      : [`${row.created} orders made and ${row.skipped} skipped, the file has ${args.numbers.length}`])
  ]
}

export { ImportChecks }
