import { type HistoryEntry } from "../history/history-entry.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"

/** L1: what was begun has ended, by the last drain of the history and by the rows of now. */
const LivenessChecks = {
  check: (evidence: Evidence, leftovers: ReadonlyArray<string>): ReadonlyArray<Finding> => {
    const last = evidence.drains.at(-1)
    const { left = [], millis = 0 } = (last?.result ?? {}) as Partial<HistoryEntry.DrainResult>
    const message = `${left.length} rows were left ${millis} ms after the last operation`
    return [
      ...(last?.phase === "fail" ? [{ invariant: "L1", message, witness: left }] : []),
      ...(leftovers.length > 0
        ? [{ invariant: "L1", message: "work that began has not ended", witness: leftovers }]
        : [])
    ]
  }
}

export { LivenessChecks }
