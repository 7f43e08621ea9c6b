import { fileURLToPath } from "node:url"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"

const preload = fileURLToPath(new URL("../bed/clock-skew.mjs", import.meta.url))
const watchMillis = 25_000

const idsEach = 20_000

/** Made by all replicas at once; each of them makes its own in ascending order. */
const ids = async (bed: Bed): Promise<ReadonlyArray<string>> => {
  const all = await Promise.all(
    bed.fleet.replicas.map((replica) =>
      replica.json<ReadonlyArray<string>>(`/chaos/ids?count=${idsEach}`, "GET", 20_000)
    )
  )
  const isAscending = all.every((own) =>
    own.every((id, index) => index === 0 || BigInt(id) > BigInt(own[index - 1] ?? "0"))
  )
  bed.expect(isAscending, "a replica made ids out of order")
  return all.flat()
}

const skewed = async (bed: Bed, victim: ChaosReplica, skewMillis: number) => {
  victim.extra =
    skewMillis === 0 ? {} : { NODE_OPTIONS: `--import=${preload}`, CLOCK_SKEW_MILLIS: String(skewMillis) }
  await victim.terminate()
  await bed.untilWhole()
  if (skewMillis === 0) return 0
  // A probe answers with its owner's clock.
  const [id = ""] = await bed.owned(victim, 1)
  const { at = 0 } = await victim.json<{ readonly at?: number }>(`/chaos/ask?id=${id}`, "GET")
  const seen = at - Date.now()
  bed.expect(Math.abs(seen - skewMillis) < 3_000, `the clock is ${seen} ms off, not ${skewMillis}`)
  const before = bed.workload.stats()
  await bed.fault("clock skew", { replica: victim.name, skewMillis }, () => bed.quiet(watchMillis))
  const after = bed.workload.stats()
  bed.expect(after.ok > before.ok, "nothing went well")
  return after.unknown - before.unknown
}

/** One replica's wall clock is wrong, first ahead, then behind. */
const rf20: ChaosCase = {
  id: "RF-20",
  title: "the clock of one replica is 30 s wrong",
  does: "Replica 2 runs for 25 s with its wall clock 30 s ahead, then 25 s with it 30 s behind.",
  expected: "It joins, nothing fails, ids stay unique; how many cron ticks ran twice is counted.",
  run: async (bed) => {
    const victim = bed.fleet.replica(2)
    const since = new Date()
    const made = [...(await ids(bed))]
    const ahead = await skewed(bed, victim, 30_000)
    made.push(...(await ids(bed)))
    const behind = await skewed(bed, victim, -30_000)
    made.push(...(await ids(bed)))
    await skewed(bed, victim, 0)
    made.push(...(await ids(bed)))
    const idsMadeTwice = made.length - new Set(made).size
    bed.expect(idsMadeTwice === 0, `${idsMadeTwice} of ${made.length} ids were made twice`)
    const doubled = await bed.fleet.sql(
      `SELECT name, scheduled_at FROM chaos_log WHERE kind = 'cron' AND at >= $1
       GROUP BY name, scheduled_at HAVING count(*) > 1`,
      [since]
    )
    bed.expect(ahead + behind === 0, `${ahead + behind} requests had no clear answer`)
    return {
      ids: made.length,
      idsMadeTwice,
      aheadWithoutAnswer: ahead,
      behindWithoutAnswer: behind,
      ticksWithTwoRuns: doubled.length
    }
  }
}

export { rf20 }
