import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"

const jobs = 100_000
const lanes = 1_000
const limitMillis = 240_000
const limitMegabytes = 600
const megabyte = 1024 ** 2

/** Rows as a submit writes them, due at once: a hundred of each of a thousand tenants. */
const seed = (bed: Bed) =>
  bed.fleet.sql(
    `INSERT INTO jobs (tenant_id, id, queue, name, lane, partition, payload, actor, status, max_attempts, next_due)
     SELECT t, gen_random_uuid(), 'chaos', 'chaos-chore', 'chaos:' || t, n % 64, jsonb_build_object('n', r),
       jsonb_build_object('tenantId', t, 'actorId', 'system', 'role', 'system', 'requestId', 'backlog'),
       'queued', 5, now()
     FROM (SELECT n, gen_random_uuid() AS t FROM generate_series(1, $1::int) AS n) AS lanes,
       generate_series(1, $2::int) AS r`,
    [lanes, jobs / lanes]
  )

const read = async (bed: Bed) => {
  const [row] = await bed.fleet.sql<{
    readonly done: number
    readonly again: number
    readonly other: number
  }>(
    `SELECT count(*) FILTER (WHERE status = 'succeeded')::int AS done,
       count(*) FILTER (WHERE attempts > 1)::int AS again,
       count(*) FILTER (WHERE status IN ('dead', 'cancelled'))::int AS other
     FROM jobs WHERE name = 'chaos-chore'`
  )
  return row ?? { done: 0, again: 0, other: 0 }
}

/** The most that a replica held, as long as `isOver` says no. */
const memory = async (bed: Bed, isOver: () => boolean): Promise<number> => {
  let most = 0
  while (!isOver()) {
    const all = await Promise.allSettled(
      bed.fleet.replicas.map((replica) =>
        replica.json<{ readonly rss: number }>("/chaos/process", "GET", 5_000)
      )
    )
    most = Math.max(most, ...all.flatMap((one) => (one.status === "fulfilled" ? [one.value.rss] : [])))
    await bed.quiet(500)
  }
  return Math.round(most / megabyte)
}

/** What was due while nobody ran, and a death in the middle of catching up. */
const rf09Jobs: ChaosCase = {
  id: "RF-09-jobs",
  title: "cold start of all three with a backlog of 100,000 jobs",
  does: "100,000 jobs of 1,000 tenants fall due while no replica runs; at a third of them one gets SIGKILL.",
  expected: "Every job is done, every replica goes on answering and stays below 600 MB.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const { fleet } = bed
    for (const replica of fleet.replicas) replica.isHeld = true
    await bed.fault("SIGKILL of all", {}, () => Promise.all(fleet.replicas.map((replica) => replica.kill())))
    await seed(bed)
    const known = fleet.replicas.map(({ endings }) => endings.length)
    const startedAt = performance.now()
    for (const replica of fleet.replicas) replica.isHeld = false
    let isOver = false
    const peak = memory(bed, () => isOver)
    const isDone = (count: number) => async () => (await read(bed)).done >= count
    try {
      await until("a third is done", isDone(jobs / 3), limitMillis, 100)
      const victim = bed.pick(fleet.replicas)
      await bed.fault("SIGKILL", { replica: victim.name }, () => victim.kill())
      await until("all jobs are done", isDone(jobs), limitMillis, 250)
    } finally {
      isOver = true
    }
    const seconds = (performance.now() - startedAt) / 1000
    const rssMegabytesMax = await peak
    const endings = fleet.replicas.flatMap((replica, index) => replica.endings.slice(known[index]))
    const { again, done, other } = await read(bed)
    bed.expect(done === jobs && other === 0, `${done} of ${jobs} jobs are done, ${other} ended otherwise`)
    bed.expect(
      endings.length === 1,
      `replicas ended: ${endings.map(({ reason }) => reason).join(", ")}, where one was killed`
    )
    bed.expect(rssMegabytesMax > 0, "no replica told what it holds")
    bed.expect(rssMegabytesMax < limitMegabytes, `a replica held ${rssMegabytesMax} MB`)
    await fleet.sql("DELETE FROM jobs WHERE name = 'chaos-chore'")
    return {
      jobs: done,
      secondsWithStart: Math.round(seconds),
      perSecond: Math.round(done / seconds),
      triedAgain: again,
      rssMegabytesMax
    }
  }
}

export { rf09Jobs }
