import { type HistoryEntry } from "../history/history-entry.ts"
import { type HistoryOperations } from "../history/history-operations.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"
import { linesText } from "./lines-text.ts"
import { type StoredState } from "./stored-state.ts"

/** I3: a refund that was answered is there once, as it was asked for and answered; one that was refused is not. */
const RefundChecks = {
  check: (
    evidence: Evidence,
    refunds: ReadonlyArray<StoredState.Refund>,
    otherKeys: ReadonlyArray<string>
  ): ReadonlyArray<Finding> => {
    const rowsOf = grouped(refunds, ({ key, tenant }) => `${tenant} ${key}`)
    const operations = evidence.operations.of("refund")
    const known = new Set(operations.map(({ key, tenant }) => `${tenant} ${key}`))
    const nobodys = refunds
      .filter(({ requestedAt }) => requestedAt >= evidence.startedAt)
      .filter(({ key }) => !otherKeys.some((prefix) => key.startsWith(prefix)))
      .filter(({ key, tenant }) => !known.has(`${tenant} ${key}`))
      .map((row) => ({
        invariant: "I3",
        message: `nobody asked for refund ${row.id} (key ${row.key} of ${row.tenant})`,
        witness: [JSON.stringify(row)]
      }))
    const judged = operations.flatMap((refund) => {
      const rows = rowsOf.get(`${refund.tenant} ${refund.key}`) ?? []
      const witness = [...refund.lines, ...rows].map((one) => JSON.stringify(one))
      return problems(refund, rows).map((problem) => ({
        invariant: "I3",
        message: `the refund under key ${refund.key} of ${refund.tenant} ${problem}`,
        witness
      }))
    })
    return [...judged, ...nobodys]
  }
}

const problems = (
  refund: HistoryOperations.Operation,
  rows: ReadonlyArray<StoredState.Refund>
): ReadonlyArray<string> => {
  const [row] = rows
  if (rows.length > 1) return [`exists ${rows.length} times`]
  if (row === undefined) return refund.status === "ok" ? ["was acknowledged and is not there"] : []
  if (refund.status === "fail") return ["was refused and is there"]
  return [...otherThanAsked(refund.args as HistoryEntry.RefundArgs, row), ...otherThanAnswered(refund, row)]
}

const otherThanAsked = (
  { amountMinor, orderId, returns }: HistoryEntry.RefundArgs,
  row: StoredState.Refund
): ReadonlyArray<string> => {
  const wanted = linesText(returns)
  const isSame =
    orderId === row.orderId && wanted === row.returns && (amountMinor ?? row.amountMinor) === row.amountMinor
  return isSame ? [] : [`is ${row.amountMinor} with ${row.returns || "nothing"} of order ${row.orderId}`]
}

const otherThanAnswered = (
  { lines }: HistoryOperations.Operation,
  row: StoredState.Refund
): ReadonlyArray<string> =>
  lines
    .filter(({ phase }) => phase === "ok")
    .flatMap(({ result }) => {
      const { amountMinor, id } = result as HistoryEntry.RefundResult
      return id === row.id && amountMinor === row.amountMinor ? [] : [`was answered as ${id}, ${amountMinor}`]
    })

export { RefundChecks }
