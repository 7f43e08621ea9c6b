import { randomUUID } from "node:crypto"
import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"

type Tally = Readonly<Record<string, number>>

const crowd = 10_000
const entities = 50_000
const chunk = 2_500
const megabyte = 1024 * 1024

const largest = async (bed: Bed) => {
  const used = await Promise.all(
    bed.fleet.replicas.map((replica) =>
      replica.json<{ readonly rss: number }>("/chaos/process", "GET", 10_000)
    )
  )
  return Math.round(Math.max(...used.map(({ rss }) => rss)) / megabyte)
}

/** One entity gets far more than it can hold, then very many entities get one message each. */
const rf15: ChaosCase = {
  id: "RF-15",
  title: "a full mailbox, and 50,000 entities",
  does: "10,000 volatile and 10,000 persisted requests to one entity that is blocked; then 50,000 entities.",
  expected:
    "Volatile ones are refused as MailboxFull, persisted ones wait in the database; memory below 512 MB.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const { fleet } = bed
    const prefix = `clog-${randomUUID()}`
    for (const replica of fleet.replicas) replica.failpoints({ "clog.handle": "pause" })
    const volatile = await fleet
      .replica(1)
      .json<Tally>(`/chaos/clog?prefix=${prefix}&count=${crowd}`, "POST", 90_000)
    const stored = await fleet
      .replica(2)
      .json<Tally>(`/chaos/clog?prefix=${prefix}&stored=1&count=${crowd}`, "POST", 150_000)
    const blockedRss = await largest(bed)
    for (const replica of fleet.replicas) replica.failpoints({})
    const freedAt = performance.now()
    const handled = async () => {
      const [row] = await fleet.sql<{ readonly count: number }>(
        "SELECT count(DISTINCT name)::int AS count FROM chaos_log WHERE kind = 'clog' AND name LIKE $1",
        [`${prefix}-%`]
      )
      return row?.count ?? 0
    }
    await until(
      "the stored ones are handled",
      async () => (await handled()) >= (stored.ok ?? 0),
      150_000,
      250
    ).catch((error: Error) => bed.expect(false, error.message))
    const handledMillis = Math.round(performance.now() - freedAt)
    let answered = 0
    let peak = blockedRss
    for (let from = 0; from < entities; from += 3 * chunk) {
      const starts = [from, from + chunk, from + 2 * chunk].filter((start) => start < entities)
      const tallies = await Promise.all(
        starts.map((start, index) =>
          fleet
            .replica(1 + index)
            .json<Tally>(
              `/chaos/spread?from=${start}&count=${Math.min(chunk, entities - start)}`,
              "POST",
              60_000
            )
        )
      )
      answered += tallies.reduce((sum, { ok = 0 }) => sum + ok, 0)
      peak = Math.max(peak, await largest(bed))
    }
    bed.expect((volatile.MailboxFull ?? 0) > 0, `volatile: ${JSON.stringify(volatile)}`)
    bed.expect(stored.ok === crowd, `persisted: ${JSON.stringify(stored)}`)
    bed.expect(answered === entities, `${answered} of ${entities} entities answered`)
    bed.expect(peak < 512, `${peak} MB`)
    return {
      volatileRefused: volatile.MailboxFull ?? 0,
      persistedAccepted: stored.ok ?? 0,
      persistedHandledMillis: handledMillis,
      entitiesAnswered: answered,
      rssMegabytesMax: peak
    }
  }
}

export { rf15 }
