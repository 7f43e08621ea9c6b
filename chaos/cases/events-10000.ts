import { Option } from "effect"
import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { DeliveryChecks } from "../checker/delivery-checks.ts"
import { EventBooks } from "../events/event-books.ts"
import { EventEmitter } from "../events/event-emitter.ts"
import { EventFront } from "../events/event-front.ts"
import { EventPlan } from "../events/event-plan.ts"
import { EventSubscriber } from "../events/event-subscriber.ts"
import { EventTenants } from "../events/event-tenants.ts"

const events = 10_000
/** Two that the workload works for, too, and one of which nobody else has heard. */
const slugs = ["acme", "globex", "events-c"]
/** Of each tenant. */
const doors = ["sse", "sse", "sse", "rpc", "rpc", "rpc", "client"] as const
const hands = 12
const emissionMillis = 110_000
const beforeRelay = "outbox.wake.before"
const kills = 4
const catchUpMillis = 60_000

/** SIGKILL of whoever has committed and has not woken the relay; `false` when nobody came there. */
const killBeforeRelay = async (bed: Bed, victim: ChaosReplica): Promise<boolean> => {
  victim.failpoints({ [beforeRelay]: "pause" })
  const hit = await bed.seen(() => victim.hits().length > 0, performance.now(), 15_000)
  await bed.fault("SIGKILL", { replica: victim.name, point: beforeRelay }, () => victim.kill())
  victim.failpoints({})
  await bed.untilWhole()
  return hit !== undefined
}

const drop = (bed: Bed, front: EventFront, replica?: ChaosReplica): Promise<number> =>
  bed.fault("drop", { replica: replica?.name ?? "all" }, async () => front.drop(replica))

/** Everything that is done to the fleet while the events flow; how many were killed at the failpoint. */
const trouble = async (bed: Bed, front: EventFront) => {
  let atPoint = 0
  let dropped = 0
  for (let index = 0; index < kills; index++) {
    if (await killBeforeRelay(bed, bed.fleet.replica(1 + (index % 3)))) atPoint += 1
    if (index === 1) dropped += await drop(bed, front, bed.pick(bed.fleet.replicas))
  }
  for (const replica of bed.fleet.replicas) {
    await bed.fault("SIGTERM", { replica: replica.name }, () => replica.terminate())
    await replica.untilReady()
    await bed.untilWhole()
  }
  dropped += await drop(bed, front)
  await bed.quiet(5_000)
  return { atPoint, dropped }
}

const subscribe = async (bed: Bed, front: EventFront, tenants: ReadonlyArray<EventTenants.Tenant>) => {
  const readers: Array<EventSubscriber> = []
  for (const tenant of tenants) {
    const head = await EventBooks.head(bed.fleet, tenant)
    for (const [index, door] of doors.entries()) {
      const name = `${door} ${index + 1} of ${tenant.slug}`
      readers.push(
        new EventSubscriber({
          name,
          door,
          slug: tenant.slug,
          apiKey: tenant.apiKeys[index] ?? "",
          url: () => bed.pick(front.urls),
          after: Option.some(head),
          chance: bed.random
        })
      )
    }
  }
  await until("every subscriber is connected", () => readers.every(({ isConnected }) => isConnected))
  return readers
}

const isCaughtUp = async (
  bed: Bed,
  tenants: ReadonlyArray<EventTenants.Tenant>,
  readers: ReadonlyArray<EventSubscriber>
) => {
  for (const tenant of tenants) {
    const head = await EventBooks.head(bed.fleet, tenant)
    const own = readers.filter(({ options }) => options.slug === tenant.slug)
    if (own.some(({ position }) => Option.getOrElse(position, () => 0) < head)) return false
    if ((await EventBooks.handledTo(bed.fleet, tenant)) < head) return false
  }
  return true
}

/** The whole promise of events at once: exactly once and in order, for everybody, whatever breaks. */
const events10000: ChaosCase = {
  id: "EVENTS-10000",
  title: "10,000 events to every subscriber, while replicas die between commit and relay",
  does: "10,000 events of three tenants in transactions of 1 to 20, every sixth of which rolls back; SIGKILL of a replica right after its commit and before it wakes the relay, four times, a rolling restart, all sockets of one replica dropped, then all sockets.",
  expected:
    "Each of 9 SSE and 12 WebSocket subscribers and a durable one is shown each committed event of its tenant once, in order and without a hole, and nothing that was rolled back or is another tenant's.",
  env: { CHAOS_SUBSCRIBER: "on" },
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const run = bed.unique("").slice(1, 6)
    const tenants = await EventTenants.of(bed.fleet, slugs, doors.length)
    const plan = EventPlan.draw(bed.fleet.seed, run, slugs, events)
    const front = await EventFront.open(bed.fleet, { isBalanced: true })
    const readers = await subscribe(bed, front, tenants)
    try {
      const starts = new Map(readers.map((reader) => [reader, Option.getOrElse(reader.position, () => 0)]))
      let isHurried = false
      const millis = emissionMillis / plan.length
      const [told, troubles] = await Promise.all([
        EventEmitter.all(bed, tenants, plan, { hands, millis, isHurried: () => isHurried }),
        trouble(bed, front).finally(() => {
          isHurried = true
        })
      ])
      const emittedAt = performance.now()
      await bed.workload.stop()
      const caughtUp = await bed.seen(() => isCaughtUp(bed, tenants, readers), emittedAt, catchUpMillis)
      bed.expect(caughtUp !== undefined, `not every subscriber had the head within ${catchUpMillis} ms`)
      const prefixes = Object.fromEntries(slugs.map((slug) => [slug, EventPlan.prefix(slug, run)]))
      const wrong = await judge(bed, { tenants, readers, starts, told, prefixes })
      for (const what of wrong) bed.expect(false, what)
      const committed = told.filter(({ isRolledBack }) => !isRolledBack)
      const sum = committed.reduce((all, { count }) => all + count, 0)
      bed.expect(sum === events, `${sum} events were committed`)
      bed.expect(troubles.atPoint > 0, "nobody was killed between commit and relay")
      return {
        committed: sum,
        transactions: told.length,
        rolledBack: told.length - committed.length,
        subscribers: readers.length,
        deliveries: readers.reduce((all, { seen }) => all + seen.length, 0),
        killsBeforeRelay: troubles.atPoint,
        connectionsDropped: troubles.dropped,
        returns: readers.reduce((all, { returns }) => all + returns.length, 0),
        caughtUpMillis: caughtUp ?? -1
      }
    } finally {
      await Promise.all(readers.map((reader) => reader.close()))
      await front.stop()
    }
  }
}

const judge = async (
  bed: Bed,
  given: {
    readonly tenants: ReadonlyArray<EventTenants.Tenant>
    readonly readers: ReadonlyArray<EventSubscriber>
    readonly starts: ReadonlyMap<EventSubscriber, number>
    readonly told: ReadonlyArray<DeliveryChecks.Told>
    readonly prefixes: Readonly<Record<string, string>>
  }
): Promise<ReadonlyArray<string>> => {
  const logs: Array<DeliveryChecks.Log> = []
  const emitted: Array<DeliveryChecks.Emitted> = []
  const readers: Array<DeliveryChecks.Reader> = given.readers.map((reader) => ({
    name: reader.options.name,
    slug: reader.options.slug,
    after: given.starts.get(reader) ?? 0,
    seen: reader.seen
  }))
  for (const tenant of given.tenants) {
    const { slug } = tenant
    logs.push(await EventBooks.log(bed.fleet, tenant))
    emitted.push(...(await EventBooks.emitted(bed.fleet, tenant, given.prefixes[slug] ?? "")))
    const after = Math.min(...readers.filter((reader) => reader.slug === slug).map((reader) => reader.after))
    const seen = await EventBooks.handled(bed.fleet, tenant, after)
    readers.push({ name: `the durable subscriber of ${slug}`, slug, after, seen })
  }
  return DeliveryChecks.check({ logs, emitted, readers, told: given.told, prefixes: given.prefixes })
}

export { events10000 }
