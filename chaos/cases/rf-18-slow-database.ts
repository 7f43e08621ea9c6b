import { type ChaosCase } from "../bed/chaos-case.ts"

const quietMillis = 10_000
const slowMillis = 45_000

/** The database is far away for everybody. */
const rf18: ChaosCase = {
  id: "RF-18",
  title: "a slow database: 200 ms a round trip, 1 MB/s",
  does: "For 45 s every packet between the replicas and PostgreSQL takes 100 ms each way, at 1 MB/s a connection.",
  expected: "Slower, but no collapse: at least half of the requests are answered well, and no lock is lost.",
  run: async (bed) => {
    const { fleet } = bed
    const startedAt = bed.workload.stats()
    const endings = fleet.endings
    await bed.quiet(quietMillis)
    const before = bed.workload.stats()
    const owners = await Promise.all(fleet.replicas.map((replica) => bed.owned(replica, 4)))
    await bed.fault("slow database", {}, async () => {
      for (const { postgres } of fleet.replicas) {
        postgres.set({ kind: "slow", latencyMillis: 100, jitterMillis: 10, bytesPerSecond: 1_000_000 })
      }
      await bed.quiet(slowMillis)
    })
    const after = bed.workload.stats()
    const stayed = await Promise.all(fleet.replicas.map((replica) => bed.owned(replica, 48)))
    const moved = owners.flatMap((ids, index) =>
      ids.filter((id) => stayed[index]?.includes(id) !== true)
    ).length
    for (const { postgres } of fleet.replicas) postgres.heal()
    const healedAt = performance.now()
    await bed.untilWhole()
    const okPerSecond = (after.ok - before.ok) / (slowMillis / 1_000)
    const usual = (before.ok - startedAt.ok) / (quietMillis / 1_000)
    const tried = after.ok - before.ok + (after.unknown - before.unknown) + (after.refused - before.refused)
    const share = tried === 0 ? 0 : (after.ok - before.ok) / tried
    const replicasEnded = fleet.endings - endings
    bed.expect(share >= 0.5, `${Math.round(share * 100)} % of the attempts were answered well`)
    bed.expect(replicasEnded === 0, `${replicasEnded} replicas ended`)
    bed.expect(moved === 0, `${moved} probes changed their owner`)
    return {
      usualOkPerSecond: Number(usual.toFixed(1)),
      slowOkPerSecond: Number(okPerSecond.toFixed(1)),
      answeredWellPercent: Math.round(share * 100),
      movedProbes: moved,
      replicasEnded,
      wholeAfterHealMillis: Math.round(performance.now() - healedAt)
    }
  }
}

export { rf18 }
