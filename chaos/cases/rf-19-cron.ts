import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { chaosCrons } from "../bed/chaos-crons.ts"

/** Deaths of the leader; with the outage the whole lasts at least five minutes. */
const deaths = 8
const quietMillis = 15_000
const outageMillis = 75_000

const leaderOf = async (bed: Bed, name: string) => {
  const owner = async () => {
    const [row] = await bed.fleet.sql<{ readonly owner: string | null }>(
      "SELECT owner FROM cluster_singletons WHERE name = $1",
      [name]
    )
    return row?.owner
  }
  return bed.fleet.named(await until(`somebody leads ${name}`, owner))
}

/** Rows of `cron_ticks` from the first to the last tick, against the clock. */
const ticks = async (bed: Bed, name: string, everySeconds: number, since: Date) => {
  const [row] = await bed.fleet.sql<{
    readonly rows: number
    readonly expected: number
    readonly done: number
    readonly skipped: number
    readonly other: number
    readonly attempts: number
    readonly effects: number
    readonly silent: number
  }>(
    `SELECT count(*)::int AS rows,
       (1 + extract(epoch FROM max(scheduled_at) - min(scheduled_at)) / $2)::int AS expected,
       count(*) FILTER (WHERE outcome = 'done')::int AS done,
       count(*) FILTER (WHERE outcome = 'skipped')::int AS skipped,
       count(*) FILTER (WHERE outcome NOT IN ('done', 'skipped'))::int AS other,
       coalesce(sum(attempts) FILTER (WHERE outcome = 'done'), 0)::int AS attempts,
       (SELECT count(*)::int FROM chaos_log l WHERE l.kind = 'cron' AND l.name = $1
         AND l.scheduled_at >= $3 AND l.scheduled_at < now() - interval '3 seconds') AS effects,
       count(*) FILTER (WHERE outcome = 'done' AND NOT EXISTS (SELECT 1 FROM chaos_log l
         WHERE l.kind = 'cron' AND l.name = $1 AND l.scheduled_at = t.scheduled_at))::int AS silent
     FROM cron_ticks t WHERE name = $1 AND scheduled_at >= $3 AND scheduled_at < now() - interval '3 seconds'`,
    [name, everySeconds, since]
  )
  if (row === undefined) throw new Error(`${name} has no ticks.`)
  return row
}

/** Leaders die, all restart, and for more than a minute nobody is there. */
const rf19: ChaosCase = {
  id: "RF-19",
  title: "cron: exactly one row a tick",
  does: "kill -9 of the cron's leader eight times, restart of all, then 75 s in which no replica runs.",
  expected:
    "One row for each tick of both crons, none missing; ticks older than a minute are marked skipped.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const { fleet } = bed
    const [fast] = chaosCrons
    const since = new Date()
    const gaps: Array<number> = []
    for (let death = 0; death < deaths; death++) {
      await bed.quiet(quietMillis)
      const leader = await leaderOf(bed, fast.name)
      leader.isHeld = true
      await bed.fault("SIGKILL", { replica: leader.name }, () => leader.kill())
      const killedAt = performance.now()
      await until("another one leads", async () => (await leaderOf(bed, fast.name)) !== leader, 30_000)
      gaps.push(performance.now() - killedAt)
      leader.isHeld = false
      await bed.untilWhole()
    }
    await bed.fault("SIGKILL of all", {}, () => Promise.all(fleet.replicas.map((replica) => replica.kill())))
    await bed.untilWhole()
    await bed.quiet(quietMillis)
    for (const replica of fleet.replicas) replica.isHeld = true
    await bed.fault("outage", { millis: outageMillis }, async () => {
      await Promise.all(fleet.replicas.map((replica) => replica.terminate()))
      await bed.quiet(outageMillis)
      for (const replica of fleet.replicas) replica.isHeld = false
      await bed.untilWhole()
    })
    await bed.quiet(quietMillis)
    const figures: Record<string, number> = { takeOverMillisMax: Math.round(Math.max(...gaps)) }
    for (const { everySeconds, name } of chaosCrons) {
      const seen = await ticks(bed, name, everySeconds, since)
      bed.expect(seen.rows === seen.expected, `${name}: ${seen.rows} rows for ${seen.expected} ticks`)
      bed.expect(seen.other === 0, `${name}: ${seen.other} ticks are neither done nor skipped`)
      bed.expect(seen.silent === 0, `${name}: ${seen.silent} ticks are done without effect`)
      if (everySeconds === 1) bed.expect(seen.skipped > 0, `${name}: nothing was skipped`)
      figures[`ticksEvery${everySeconds}s`] = seen.rows
      figures[`skippedEvery${everySeconds}s`] = seen.skipped
      figures[`secondEffectsEvery${everySeconds}s`] = seen.effects - seen.done
    }
    return figures
  }
}

export { rf19 }
