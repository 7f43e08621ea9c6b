import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { allCases } from "./all-cases.ts"

const quietMillis = 10_000
/** They need minutes of their own, or count what only they have done. */
const alone = new Set([
  "RF-02-1000",
  "RF-02-cancel",
  "RF-02-trouble",
  "RF-09",
  "RF-09-jobs",
  "RF-15",
  "RF-19",
  "LAST-UNIT",
  "CANCEL-EVERYWHERE",
  "RANDOM-FAILURES"
])

const candidates = allCases.filter(({ env, id }) => env === undefined && !alone.has(id))

const once = async (bed: Bed, chosen: ChaosCase) => {
  const known = bed.failures.length
  try {
    await chosen.run(bed)
  } catch (error) {
    bed.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  for (let index = known; index < bed.failures.length; index++) {
    bed.failures[index] = `${chosen.id}: ${bed.failures[index]}`
  }
  await bed.fleet.heal()
  await bed.untilWhole()
}

/** Quiet, a fault that the seed picks, quiet, the next, until the time is over; one history for all of it. */
const randomSchedule = (minutes: number): ChaosCase => ({
  id: "RANDOM",
  title: `faults as the seed picks them, for ${minutes} minutes`,
  does: "Faults of the other cases in an order that the seed decides, 10 s apart, under load.",
  expected: "Every promise of every case, and every invariant at the end.",
  run: async (bed) => {
    const endsAt = performance.now() + minutes * 60_000
    const done: Record<string, number> = {}
    while (performance.now() < endsAt) {
      await bed.quiet(quietMillis)
      const chosen = bed.pick(candidates)
      bed.say(`   ${chosen.id} ${chosen.title}`)
      await once(bed, chosen)
      done[chosen.id] = (done[chosen.id] ?? 0) + 1
    }
    return done
  }
})

export { randomSchedule }
