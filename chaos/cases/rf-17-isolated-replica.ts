import { type ChaosCase } from "../bed/chaos-case.ts"

const isolatedMillis = 60_000

/** One replica sees neither the database nor its peers. */
const rf17: ChaosCase = {
  id: "RF-17",
  title: "one replica cut off from the database and from its peers",
  does: "For 60 s nothing passes between replica 1 and PostgreSQL, nor between it and the other runners.",
  expected:
    "Readiness red within 10 s, its work elsewhere within 30 s, no reign overlaps, whole after the heal.",
  run: async (bed) => {
    const { fleet } = bed
    const victim = fleet.replica(1)
    const startedAt = performance.now()
    let redMillis = -1
    const takeOver = await bed.fault("isolation", { replica: victim.name }, async () => {
      const taken = await bed.takeOver(victim, async () => {
        fleet.isolate(victim)
        redMillis = (await bed.seen(async () => !(await victim.isReady()), startedAt, 30_000)) ?? -1
      })
      await bed.quiet(Math.max(0, isolatedMillis - (performance.now() - startedAt)))
      for (const replica of fleet.replicas) {
        replica.postgres.heal()
        replica.runner.heal()
      }
      return taken
    })
    const healedAt = performance.now()
    await victim.untilReady()
    const greenMillis = Math.round(performance.now() - healedAt)
    await bed.untilWhole()
    bed.expect(redMillis >= 0 && redMillis <= 10_000, `readiness red after ${redMillis} ms`)
    bed.expect(takeOver.lost === 0, `${takeOver.lost} probes were never taken over`)
    bed.expect(takeOver.lastMillis <= 30_000, `taken over after ${takeOver.lastMillis} ms`)
    bed.expect(greenMillis <= 10_000, `readiness green ${greenMillis} ms after the heal`)
    return {
      redMillis,
      takeOverMillis: takeOver.lastMillis,
      greenMillis,
      wholeMillis: Math.round(performance.now() - healedAt)
    }
  }
}

export { rf17 }
