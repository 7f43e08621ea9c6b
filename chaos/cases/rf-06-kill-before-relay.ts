import { randomUUID } from "node:crypto"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { type DeliveryChecks } from "../checker/delivery-checks.ts"
import { EventEmitter } from "../events/event-emitter.ts"
import { EventFront } from "../events/event-front.ts"
import { EventPlan } from "../events/event-plan.ts"
import { EventTrial } from "../events/event-trial.ts"

const rounds = 6
const eventsEach = 3
/** Nobody but this case emits anything here, so nobody else's wake-up can help. */
const slug = "events-quiet"
const doors = ["sse", "sse", "sse", "rpc", "rpc", "rpc"] as const
const beforeRelay = "outbox.wake.before"
const mustMillis = 5_000
const patienceMillis = 45_000

/** SIGKILL between commit and relay; how long after the take-over the last subscriber elsewhere had the events. */
const round = async (bed: Bed, trial: EventTrial, victim: ChaosReplica, index: number) => {
  const [tenant] = trial.tenants
  const tx = `${EventPlan.prefix(slug, trial.run)}${index}`
  // A pause holds what wakes the relay, which is forked: the caller has the answer by then.
  victim.failpoints({ [beforeRelay]: "pause" })
  const event = { tx, count: eventsEach, aggregate: randomUUID(), end: "commit" } as const
  const { outcome } = await EventEmitter.emit(tenant?.id ?? "", event, victim)
  bed.expect(outcome === "committed", `${tx} is ${outcome}`)
  const held = await bed.seen(() => victim.hits().length > 0, performance.now(), 5_000)
  bed.expect(held !== undefined, `${victim.name} did not come to ${beforeRelay}`)
  // The relay may also have come by itself, as it does for what nobody woke it for.
  const number = bed.fleet.replicas.indexOf(victim)
  const elsewhere = trial.readers.filter((_, place) => place % 3 !== number)
  const isThere = () => elsewhere.every(({ seen }) => seen.some(({ sku }) => sku === `${tx}/${eventsEach}`))
  const early = isThere()
  const from = performance.now()
  const [takeOver, delivered] = await Promise.all([
    bed.fault("SIGKILL", { replica: victim.name, point: beforeRelay }, () =>
      bed.takeOver(victim, () => victim.kill())
    ),
    bed.seen(isThere, from, patienceMillis)
  ])
  victim.failpoints({})
  bed.expect(takeOver.lost === 0, `${takeOver.lost} probes of ${victim.name} were never taken over`)
  bed.expect(delivered !== undefined, `${tx} was not delivered within ${patienceMillis} ms`)
  await bed.untilWhole()
  await trial.untilConnected()
  const told: DeliveryChecks.Told = { slug, tx, count: eventsEach, isRolledBack: false }
  return { early, told, takeOver: takeOver.lastMillis, delivered: delivered ?? patienceMillis }
}

/** The transaction is what publishes; the wake-up after it only makes it fast. */
const rf06: ChaosCase = {
  id: "RF-06",
  title: "kill -9 between the commit of an event and its relay",
  does: "Three events are committed for a tenant that has no others, what would wake the relay is held, and that replica gets SIGKILL; six times, each replica twice.",
  expected:
    "The events are with every subscriber of the other replicas within 5 s of the take-over, once each.",
  env: { CHAOS_SUBSCRIBER: "on" },
  run: async (bed) => {
    const front = await EventFront.open(bed.fleet, { isBalanced: false })
    const urlOf = (index: number) => front.urls[index % 3] ?? ""
    const trial = await EventTrial.open(bed, { front, slugs: [slug], doors, perUser: 1, urlOf })
    try {
      const played: Array<Awaited<ReturnType<typeof round>>> = []
      for (let index = 0; index < rounds; index++) {
        played.push(await round(bed, trial, bed.fleet.replica(1 + (index % 3)), index))
      }
      const late = played.map(({ delivered, takeOver }) => Math.max(0, delivered - takeOver))
      const worst = Math.max(...late)
      bed.expect(worst <= mustMillis, `events were delivered ${worst} ms after the take-over`)
      const caughtUp = await trial.caughtUp(patienceMillis)
      bed.expect(caughtUp !== undefined, "not every subscriber had the head")
      for (const wrong of await trial.judge(played.map(({ told }) => told))) bed.expect(false, wrong)
      return {
        kills: rounds,
        alreadyDelivered: played.filter(({ early }) => early).length,
        takeOverMillisMax: Math.max(...played.map(({ takeOver }) => takeOver)),
        deliveredMillisMax: Math.max(...played.map(({ delivered }) => delivered)),
        afterTakeOverMillisMax: worst
      }
    } finally {
      await trial.close()
      await front.stop()
    }
  }
}

export { rf06 }
