import { type ChaosCase } from "../bed/chaos-case.ts"
import { Faults } from "../bed/faults.ts"

const rounds = 12
const pauseMillis = 5_000

/** All sessions of all replicas end again and again. */
const rf12: ChaosCase = {
  id: "RF-12",
  title: "the end of all database sessions, every 5 s for a minute",
  does: "pg_terminate_backend of every session of the replicas, twelve times.",
  expected: "Requests succeed, or fail typed and succeed when tried again; pools recover within 2 s.",
  run: async (bed) => {
    const { fleet } = bed
    const before = bed.workload.stats()
    const endings = fleet.endings
    const recoveries: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const startedAt = performance.now()
      await bed.fault("pg_terminate_backend all", { round }, () =>
        fleet.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND usename IN ('tessera_app', 'tessera_infra')`)
      )
      const order = await bed.place()
      recoveries.push(performance.now() - startedAt)
      if (order === "") bed.expect(false, "an order has no id")
      await bed.quiet(Math.max(0, pauseMillis - (performance.now() - startedAt)))
    }
    await bed.allProbesAnswer()
    const after = bed.workload.stats()
    const slowest = Math.round(Math.max(...recoveries))
    bed.expect(slowest <= 2_000, `an order was placed ${slowest} ms after the sessions' end`)
    const replicasEnded = fleet.endings - endings
    bed.expect(replicasEnded === 0, `${replicasEnded} replicas ended`)
    const last = await Faults.terminateBackends(bed, "all")
    return {
      orderMillisMax: slowest,
      orderMillisMedian: Math.round(recoveries.sort((one, other) => one - other)[rounds / 2] ?? -1),
      requests: after.invoked - before.invoked,
      requestsWithoutAnswer: after.unknown - before.unknown,
      replicasEnded,
      allReadyMillis: last.readyMillis
    }
  }
}

export { rf12 }
