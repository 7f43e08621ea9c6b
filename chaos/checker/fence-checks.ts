import { type HistoryEntry } from "../history/history-entry.ts"
import { type Evidence } from "./evidence.ts"
import { type Finding } from "./finding.ts"
import { grouped } from "./grouped.ts"

/** I11 as far as it was observed: a fence never falls, and a new owner never works under the old one's. */
const FenceChecks = {
  check: (evidence: Evidence): ReadonlyArray<Finding> => {
    const byName = grouped(evidence.fences, ({ key }) => key)
    return [...byName.values()].flatMap((lines) =>
      lines.slice(1).flatMap((line, index): ReadonlyArray<Finding> => {
        const before = lines[index]
        if (before === undefined) return []
        const [old, now] = [
          before.result as HistoryEntry.FenceResult,
          line.result as HistoryEntry.FenceResult
        ]
        const witness = [before, line].map((one) => JSON.stringify(one))
        if (now.fence < old.fence)
          return [{ invariant: "I11", message: `the fence of ${now.name} fell to ${now.fence}`, witness }]
        // A lane that nobody owns yet has an empty owner; taking it is what raises the epoch.
        const hasTwo =
          now.fence === old.fence && now.owner !== old.owner && old.owner !== "" && now.owner !== ""
        const message = `fence ${now.fence} of ${now.name} had two owners, ${old.owner} and ${now.owner}`
        return hasTwo ? [{ invariant: "I11", message, witness }] : []
      })
    )
  }
}

export { FenceChecks }
