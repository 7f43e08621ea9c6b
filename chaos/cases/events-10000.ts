import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { EventEmitter } from "../events/event-emitter.ts"
import { EventFront } from "../events/event-front.ts"
import { EventTrial } from "../events/event-trial.ts"

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
    const front = await EventFront.open(bed.fleet, { isBalanced: true })
    const trial = await EventTrial.open(bed, { front, slugs, doors, perUser: 1 })
    const plan = trial.plan(events)
    let isHurried = false
    const pace = { hands, millis: emissionMillis / plan.length, isHurried: () => isHurried }
    const emitting = EventEmitter.all(bed, trial.tenants, plan, pace)
    emitting.catch(() => undefined)
    try {
      const troubles = await trouble(bed, front).finally(() => {
        isHurried = true
      })
      const told = await emitting
      await bed.workload.stop()
      const caughtUp = await trial.caughtUp(catchUpMillis)
      bed.expect(caughtUp !== undefined, `not every subscriber had the head within ${catchUpMillis} ms`)
      for (const wrong of await trial.judge(told)) bed.expect(false, wrong)
      const committed = told.filter(({ isRolledBack }) => !isRolledBack)
      const sum = committed.reduce((all, { count }) => all + count, 0)
      bed.expect(sum === events, `${sum} events were committed`)
      bed.expect(troubles.atPoint > 0, "nobody was killed between commit and relay")
      return {
        committed: sum,
        transactions: told.length,
        rolledBack: told.length - committed.length,
        subscribers: trial.readers.length,
        deliveries: trial.readers.reduce((all, { seen }) => all + seen.length, 0),
        killsBeforeRelay: troubles.atPoint,
        connectionsDropped: troubles.dropped,
        returns: trial.readers.reduce((all, { returns }) => all + returns.length, 0),
        caughtUpMillis: caughtUp ?? -1
      }
    } finally {
      // Whatever went wrong: what is emitted after the drain would be called lost.
      await emitting.catch(() => undefined)
      await trial.close()
      await front.stop()
    }
  }
}

export { events10000 }
