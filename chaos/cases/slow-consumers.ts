import { randomUUID } from "node:crypto"
import { processorMillis } from "../../bench/support/processor-millis.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { Crowd } from "../events/crowd.ts"
import { DeliveryTimes } from "../events/delivery-times.ts"
import { EventEmitter } from "../events/event-emitter.ts"
import { EventTenants } from "../events/event-tenants.ts"

const idle = 3_000
const idleMillis = 45_000
/** Of each kind; those that read and are measured, and those that stop reading. */
const measured = 20
const slow = 20
/** Connections of one user: fewer than a user may have, which is 20. */
const perUser = 10
const perSecond = 20
const seconds = 10
const flood = { transactionsPerSecond: 12, events: 20 }

/** Encoder, decoder, fiber, stream and topic of a socket, beside the 4 KB that a bare one takes. */
const mostSocketBytes = 60 * 1024
/** A replica has a third of forty slow ones, and each may have 1 MiB waiting for it; the rest is garbage not yet collected. */
const mostSlowBytes = 64 * 1024 ** 2
/** What opening all of them again may take beyond the first time: more is something that closing did not give back. */
const mostSecondTime = 1.15
const mostProcessorPercent = 10
const mostTimes = 1.5
const kilobyte = 1024
const megabyte = 1024 ** 2

interface Used {
  readonly rss: number
}

const memory = async (bed: Bed): Promise<ReadonlyArray<number>> => {
  const all = await Promise.all(
    bed.fleet.replicas.map((replica) => replica.json<Used>("/chaos/process", "GET", 30_000))
  )
  return all.map(({ rss }) => rss)
}

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((all, one) => all + one, 0)

const growth = (after: ReadonlyArray<number>, before: ReadonlyArray<number>) =>
  Math.max(...after.map((bytes, index) => bytes - (before[index] ?? 0)))

/** Events for those that read slowly, until `isOver`: by themselves they cost the others something, too. */
const pour = async (bed: Bed, tenant: EventTenants.Tenant, isOver: () => boolean): Promise<number> => {
  let sent = 0
  while (!isOver()) {
    const event = { tx: `POUR-${randomUUID().slice(0, 8).toUpperCase()}`, count: flood.events } as const
    const replica = bed.fleet.replica(1 + (sent % 3))
    await EventEmitter.emit(tenant.id, { ...event, aggregate: randomUUID(), end: "commit" }, replica)
    sent += 1
    await bed.quiet(1_000 / flood.transactionsPerSecond)
  }
  return sent * flood.events
}

/** 3,000 sockets without events, twice: what they take, what they cost, and that it is given back. */
const idleSockets = async (bed: Bed, crowd: Crowd, tenant: EventTenants.Tenant) => {
  const urls = bed.fleet.replicas.map(({ url }) => url)
  const group = { group: "idle", door: "rpc", count: idle, urls, apiKeys: tenant.apiKeys, perUser } as const
  const before = await memory(bed)
  await crowd.open(group)
  await bed.quiet(2_000)
  const open = await memory(bed)
  const startedAt = performance.now()
  const startedWith = bed.fleet.replicas.map(({ pid }) => processorMillis(pid))
  await bed.quiet(idleMillis)
  const percents = bed.fleet.replicas.map(
    ({ pid }, index) =>
      (100 * (processorMillis(pid) - (startedWith[index] ?? 0))) / (performance.now() - startedAt)
  )
  const { connected, endings } = await crowd.count("idle")
  bed.expect(connected === idle, `${connected} of ${idle} idle sockets are open: ${JSON.stringify(endings)}`)
  const end = await memory(bed)
  await crowd.close("idle")
  await bed.quiet(5_000)
  const closed = await memory(bed)
  await crowd.open(group)
  await bed.quiet(2_000)
  const again = await memory(bed)
  await crowd.close("idle")
  const each = (Math.max(sum(open), sum(end)) - sum(before)) / idle
  bed.expect(each <= mostSocketBytes, `a socket takes ${Math.round(each / kilobyte)} KB`)
  const peak = Math.max(sum(open), sum(end))
  bed.expect(
    sum(again) <= peak * mostSecondTime,
    `the second time they take ${Math.round(sum(again) / megabyte)} MB, the first ${Math.round(peak / megabyte)}`
  )
  const percent = Math.max(...percents)
  bed.expect(
    percent < mostProcessorPercent,
    `a replica with idle sockets uses ${percent.toFixed(1)} % of a core`
  )
  return {
    kilobytesEach: Math.round(each / kilobyte),
    idleProcessorPercent: Number(percent.toFixed(1)),
    megabytesBefore: Math.round(sum(before) / megabyte),
    megabytesOpen: Math.round(sum(open) / megabyte),
    megabytesAfterIdle: Math.round(sum(end) / megabyte),
    megabytesClosed: Math.round(sum(closed) / megabyte),
    megabytesAgain: Math.round(sum(again) / megabyte)
  }
}

/** The same load with subscribers that read and with such that do not, in turn: what the others notice of it. */
const slowReaders = async (
  bed: Bed,
  crowd: Crowd,
  watched: EventTenants.Tenant,
  poured: EventTenants.Tenant
) => {
  const urls = bed.fleet.replicas.map(({ url }) => url)
  const open = (name: string, tenant: EventTenants.Tenant, count: number) =>
    Promise.all(
      (["rpc", "sse"] as const).map((door) =>
        crowd.open({ group: `${name} ${door}`, door, count, urls, apiKeys: tenant.apiKeys, perUser })
      )
    )
  const each = async (name: string, what: "pause" | "close") => {
    for (const door of ["rpc", "sse"]) await crowd[what](`${name} ${door}`)
  }
  await open("measured", watched, measured)
  const waits: Record<"reading" | "paused", Array<number>> = { reading: [], paused: [] }
  let events = 0
  const phase = async (kind: "reading" | "paused") => {
    await open("slow", poured, slow)
    if (kind === "paused") await each("slow", "pause")
    let isOver = false
    const pouring = pour(bed, poured, () => isOver)
    const groups = ["measured rpc", "measured sse"]
    const options = { fleet: bed.fleet, crowd, tenant: watched, groups, perSecond, seconds }
    const times = await DeliveryTimes.measure({ ...options, clients: 2 * measured }).finally(() => {
      isOver = true
    })
    for (const time of times) waits[kind].push(time)
    events += await pouring
    const used = await memory(bed)
    await each("slow", "close")
    return used
  }
  await phase("reading")
  const before = await memory(bed)
  const during = [await phase("paused"), await phase("paused")]
  await phase("reading")
  await each("measured", "close")
  const grown = Math.max(...during.map((used) => growth(used, before)))
  bed.expect(grown <= mostSlowBytes, `a replica grew by ${Math.round(grown / megabyte)} MB with slow readers`)
  const [reading, paused] = [DeliveryTimes.p99(waits.reading), DeliveryTimes.p99(waits.paused)]
  const times = paused / reading
  bed.expect(times <= mostTimes, `p99 of the others: ${paused} ms beside slow readers, ${reading} ms without`)
  return {
    pouredEvents: events,
    slowGrowthMegabytes: Math.round(grown / megabyte),
    p99MillisBesideReaders: reading,
    p99MillisBesideSlow: paused,
    p99Times: Number(times.toFixed(2))
  }
}

/** Memory is bounded by what is open, and who does not read harms nobody but himself. */
const slowConsumers: ChaosCase = {
  id: "SLOW-CONSUMERS",
  title: "3,000 idle sockets, and subscribers that stop reading (RF-29, RF-30)",
  does: "3,000 WebSockets that watch a tenant without events, opened for 45 s, closed and opened again; then 20 WebSockets and 20 event streams that read nothing of 240 events a second, in turn with 40 that read.",
  expected:
    "An idle socket takes less than 60 KB and a replica with a thousand less than 10 % of a core; the second time takes no more; with slow readers a replica grows by 64 MB at most, and p99 of the others is at most 1.5 times what it is beside readers.",
  env: { CHAOS_SUBSCRIBER: "off" },
  workload: { clients: 0 },
  run: async (bed) => {
    const users = Math.ceil(idle / perUser)
    const [unused] = await EventTenants.of(bed.fleet, ["slow-idle"], users)
    const [watched, poured] = await EventTenants.of(bed.fleet, ["slow-a", "slow-b"], 2 * measured)
    if (unused === undefined || watched === undefined || poured === undefined) throw new Error("No tenants.")
    const [sockets, readers] = [new Crowd(), new Crowd()]
    try {
      // Compiled by the time it is measured.
      await bed.quiet(5_000)
      const idled = await idleSockets(bed, sockets, unused)
      return { sockets: idle, ...idled, ...(await slowReaders(bed, readers, watched, poured)) }
    } finally {
      sockets.stop()
      readers.stop()
    }
  }
}

export { slowConsumers }
