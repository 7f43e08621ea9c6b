import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

/** Only the connections that hold the shards' advisory locks end. */
const rf11: ChaosCase = {
  id: "RF-11",
  title: "the end of the connections that hold the locks",
  does: "pg_terminate_backend of every session with an advisory lock, twice.",
  expected: "Locks are had again and every probe answers within 10 s; no reign overlaps.",
  run: async (bed) => {
    const first = await Faults.terminateBackends(bed, "locks")
    await bed.quiet(5_000)
    const second = await Faults.terminateBackends(bed, "locks")
    const worst = Math.max(first.probesMillis, second.probesMillis)
    bed.expect(worst <= 10_000, `every probe answered after ${worst} ms`)
    return {
      sessions: first.sessions,
      probesMillis: worst,
      wholeMillis: Math.max(first.wholeMillis, second.wholeMillis)
    }
  }
}

export { rf11 }
