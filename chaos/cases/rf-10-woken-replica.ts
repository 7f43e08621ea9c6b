import { until } from "../../tests/support/until.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

const frozenMillis = 30_000

interface Counter {
  readonly owner: string
  readonly fence: string
}

/** SIGSTOP and SIGCONT with row locks: others take the shards, and the sleeper wakes up as a zombie. */
const rf10Rows: ChaosCase = {
  id: "RF-10-rows",
  title: "a replica that wakes up after its shards have gone (row locks)",
  does: "SIGSTOP of the replica that leads the counter for 30 s without a supervisor, then SIGCONT, with row locks.",
  expected: "Its shards move within 15 s; after it wakes nothing of its old reign is written.",
  env: { CLUSTER_LOCKS: "rows" },
  run: async (bed) => {
    const { fleet } = bed
    const leader = () =>
      fleet
        .sql<Counter>("SELECT owner, fence::text FROM cluster_singletons WHERE name = 'chaos-counter'")
        .then(([row]) => row)
    const before = await until("somebody leads the counter", leader)
    const victim = fleet.named(before.owner)
    victim.isSpared = true
    const frozenAt = performance.now()
    let movedMillis = -1
    const takeOver = await bed.fault("SIGSTOP", { replica: victim.name }, async () => {
      const taken = await bed.takeOver(victim, async () => {
        victim.signal("SIGSTOP")
        movedMillis =
          (await bed.seen(async () => (await leader())?.fence !== before.fence, frozenAt, 40_000)) ?? -1
      })
      await bed.quiet(Math.max(0, frozenMillis - (performance.now() - frozenAt)))
      return taken
    })
    const last = await fleet.sql<{ readonly id: string }>("SELECT max(id)::text AS id FROM chaos_log")
    victim.signal("SIGCONT")
    await bed.quiet(5_000)
    const stale = await fleet.sql<{ readonly fence: string }>(
      `SELECT fence::text FROM chaos_log WHERE kind = 'singleton' AND id > $1::bigint AND fence <= $2::bigint`,
      [last[0]?.id, before.fence]
    )
    bed.expect(takeOver.lost === 0, `${takeOver.lost} probes were never taken over`)
    bed.expect(movedMillis >= 0 && movedMillis <= 15_000, `the counter moved after ${movedMillis} ms`)
    bed.expect(stale.length === 0, `${stale.length} rows of the old reign were written after the wake-up`)
    victim.isSpared = false
    await bed.untilWhole()
    return {
      takeOverMillis: takeOver.lastMillis,
      singletonMovedMillis: movedMillis,
      staleWrites: stale.length,
      sameProcess: Faults.isAlive(victim)
    }
  }
}

export { rf10Rows }
