import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"

const restart = async (bed: Bed, how: "fast" | "immediate") => {
  const before = bed.fleet.endings
  const { downMillis } = await bed.fault(`PostgreSQL ${how}`, {}, () => bed.fleet.restartPostgres(how))
  const upAt = performance.now()
  await bed.place()
  const orderMillis = Math.round(performance.now() - upAt)
  await bed.allProbesAnswer()
  const probesMillis = Math.round(performance.now() - upAt)
  await bed.untilWhole()
  bed.expect(orderMillis <= 5_000, `${how}: an order was placed ${orderMillis} ms after the database was up`)
  bed.expect(bed.fleet.endings === before, `${how}: ${bed.fleet.endings - before} replicas ended`)
  return { downMillis: Math.round(downMillis), orderMillis, probesMillis }
}

/** PostgreSQL is stopped, and then crashes; the launcher starts it again. */
const rf14: ChaosCase = {
  id: "RF-14",
  title: "restart of the database, fast and immediate",
  does: "PostgreSQL is stopped in fast mode, later in immediate mode (a crash), and comes back by itself.",
  expected: "Orders within 5 s of its return, no replica ends, everything that was acknowledged is there.",
  run: async (bed) => {
    const fast = await restart(bed, "fast")
    await bed.quiet(5_000)
    const immediate = await restart(bed, "immediate")
    return {
      fastDownMillis: fast.downMillis,
      fastOrderMillis: fast.orderMillis,
      fastProbesMillis: fast.probesMillis,
      immediateDownMillis: immediate.downMillis,
      immediateOrderMillis: immediate.orderMillis,
      immediateProbesMillis: immediate.probesMillis
    }
  }
}

export { rf14 }
