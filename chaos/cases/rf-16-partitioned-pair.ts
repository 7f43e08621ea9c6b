import { type ChaosCase } from "../bed/chaos-case.ts"

const cutMillis = 40_000

/** Two replicas cannot reach each other; both see the database and the third. */
const rf16: ChaosCase = {
  id: "RF-16",
  title: "a partition between two replicas",
  does: "For 40 s nothing passes between the runners of replica 1 and 2; both see the database and replica 3.",
  expected:
    "Persisted requests across the cut are answered by way of the database; no entity has two owners.",
  run: async (bed) => {
    const { fleet } = bed
    const one = fleet.replica(1)
    const other = fleet.replica(2)
    const ids = await bed.owned(other, 6)
    const startedAt = performance.now()
    const before = bed.workload.stats()
    const outcomes = await bed.fault("partition", { between: [one.name, other.name] }, async () => {
      fleet.cut(one, other)
      const kept = await Promise.allSettled(
        ids.map((id, index) => one.keep(id, `${bed.prefix}-${index}`, cutMillis - 2_000))
      )
      await bed.quiet(Math.max(0, cutMillis - (performance.now() - startedAt)))
      one.runner.heal()
      other.runner.heal()
      return kept
    })
    const answers = outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" && outcome.value.replica !== undefined ? [outcome.value] : []
    )
    const after = bed.workload.stats()
    const twice = await fleet.sql(
      "SELECT name FROM chaos_log WHERE kind = 'keep' AND name LIKE $1 GROUP BY name HAVING count(*) > 1",
      [`${bed.prefix}-%`]
    )
    bed.expect(ids.length > 0, "replica 2 owned no probe")
    bed.expect(
      answers.length === ids.length,
      `${answers.length} of ${ids.length} persisted requests were answered`
    )
    bed.expect(twice.length === 0, `${twice.length} persisted requests were handled twice`)
    await bed.untilWhole()
    await bed.allProbesAnswer()
    return {
      persistedAcross: answers.length,
      persistedMillisMax: Math.round(Math.max(0, ...answers.map(({ millis }) => millis))),
      requests: after.invoked - before.invoked,
      requestsWithoutAnswer: after.unknown - before.unknown
    }
  }
}

export { rf16 }
