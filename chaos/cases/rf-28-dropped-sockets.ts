import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { type ComingBack } from "../events/coming-back.ts"
import { EventEmitter } from "../events/event-emitter.ts"
import { EventFront } from "../events/event-front.ts"
import { EventTrial } from "../events/event-trial.ts"

const slugs = ["acme", "globex", "events-c"]
const sockets = 60
const streams = 20
/** Connections of one user: fewer than a user may have. */
const perUser = 10
const events = 1_200
const emissionMillis = 25_000
const hands = 4
const mustMillis = 5_000
const windowMillis = 250
const mustShare = 0.3
const patienceMillis = 15_000

interface Returned {
  readonly lost: number
  readonly slowestMillis: number
  /** The largest part of them that came back within 250 ms. */
  readonly share: number
}

const busiest = (times: ReadonlyArray<number>): number => {
  const sorted = [...times].sort((one, other) => one - other)
  let [first, most] = [0, 0]
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) > windowMillis) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** Drops, waits until all are back, and looks at when they came; of each kind of subscriber by itself. */
const dropped = async (
  bed: Bed,
  trial: EventTrial,
  front: EventFront,
  replica?: ChaosReplica
): Promise<Readonly<Record<"sse" | "rpc", Returned>>> => {
  const before = new Map(trial.readers.map((reader) => [reader, reader.returns.length]))
  const connections = await bed.fault("drop", { replica: replica?.name ?? "all" }, async () =>
    front.drop(replica)
  )
  await bed.quiet(windowMillis)
  await trial.untilConnected(patienceMillis)
  bed.expect(connections > 0, "there was nothing to drop")
  const of = (door: ComingBack.Door): Returned => {
    const returns = trial.readers
      .filter(({ options }) => options.door === door)
      .flatMap((reader) => reader.returns.slice(before.get(reader)))
    const waits = returns.map(({ backAt, lostAt }) => backAt - lostAt)
    return {
      lost: returns.length,
      slowestMillis: Math.round(Math.max(0, ...waits)),
      share: returns.length === 0 ? 0 : busiest(returns.map(({ backAt }) => backAt)) / returns.length
    }
  }
  return { sse: of("sse"), rpc: of("rpc") }
}

/** What a balancer does to everybody when it is started again. */
const rf28: ChaosCase = {
  id: "RF-28",
  title: "the connections of one replica are dropped, then all",
  does: "180 WebSockets and 60 event streams of three tenants, while 1,200 events are emitted: those of one replica are reset, later all of them.",
  expected:
    "Everybody is back within 5 s and goes on without a hole; of the sockets and of the streams at most 30 % come back in any 250 ms.",
  env: { CHAOS_SUBSCRIBER: "on" },
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const front = await EventFront.open(bed.fleet, { isBalanced: false })
    const doors = [
      ...Array.from({ length: sockets }, () => "rpc" as const),
      ...Array.from({ length: streams }, () => "sse" as const)
    ]
    const trial = await EventTrial.open(bed, { front, slugs, doors, perUser })
    const plan = trial.plan(events)
    const pace = { hands, millis: emissionMillis / plan.length, isHurried: () => false }
    const emitting = EventEmitter.all(bed, trial.tenants, plan, pace)
    emitting.catch(() => undefined)
    try {
      await bed.quiet(3_000)
      const one = await dropped(bed, trial, front, bed.pick(bed.fleet.replicas))
      await bed.quiet(3_000)
      const all = await dropped(bed, trial, front)
      const told = await emitting
      await bed.workload.stop()
      const caughtUp = await trial.caughtUp(patienceMillis)
      bed.expect(caughtUp !== undefined, "not every subscriber had the head")
      for (const wrong of await trial.judge(told)) bed.expect(false, wrong)
      const slowest = Math.max(
        one.rpc.slowestMillis,
        one.sse.slowestMillis,
        all.rpc.slowestMillis,
        all.sse.slowestMillis
      )
      bed.expect(slowest <= mustMillis, `the slowest came back after ${slowest} ms`)
      const percent = (share: number) => Math.round(100 * share)
      for (const door of ["rpc", "sse"] as const) {
        const { lost, share } = all[door]
        bed.expect(
          share <= mustShare,
          `${percent(share)} % of ${lost} ${door} clients came back within 250 ms`
        )
      }
      return {
        lostOfOne: one.rpc.lost + one.sse.lost,
        lostOfAll: all.rpc.lost + all.sse.lost,
        slowestMillis: slowest,
        socketsWithin250Percent: percent(all.rpc.share),
        streamsWithin250Percent: percent(all.sse.share),
        socketsOfOneWithin250Percent: percent(one.rpc.share),
        streamsOfOneWithin250Percent: percent(one.sse.share)
      }
    } finally {
      // Whatever went wrong: what is emitted after the drain would be called lost.
      await emitting.catch(() => undefined)
      await trial.close()
      await front.stop()
    }
  }
}

export { rf28 }
