import { setTimeout as delay } from "node:timers/promises"
import { until } from "../../tests/support/until.ts"
import { type HistoryWriter } from "../history/history-writer.ts"
import { type Workload } from "../workload/workload.ts"
import { BedShop } from "./bed-shop.ts"
import { type ChaosFleet } from "./chaos-fleet.ts"
import { type ChaosReplica } from "./chaos-replica.ts"

declare namespace Bed {
  interface TakeOver {
    /** Milliseconds from the fault to the first answer of another process, over the probes that the victim owned. */
    readonly firstMillis: number
    readonly lastMillis: number
    readonly probes: number
    /** Still without an answer from another process when the time was over. */
    readonly lost: number
    /** Requests without any answer for 10 s, which were given up and sent anew. */
    readonly hung: number
  }
  type Placing = BedShop.Placing
  type Answer = BedShop.Answer
}

const probes = 48
const lookMillis = 100
const hungMillis = 10_000

/** What a case gets: the fleet under load, the history, the seed, and the measurements that several cases need. */
class Bed extends BedShop {
  readonly history: HistoryWriter
  readonly workload: Workload
  readonly random: () => number
  readonly say: (line: string) => void
  /** What was expected and did not happen. */
  readonly failures: Array<string> = []
  private hung = 0

  constructor(given: {
    readonly fleet: ChaosFleet
    readonly history: HistoryWriter
    readonly workload: Workload
    readonly random: () => number
    readonly say: (line: string) => void
  }) {
    super(given.fleet)
    this.history = given.history
    this.workload = given.workload
    this.random = given.random
    this.say = given.say
  }

  expect(isSo: boolean, what: string): void {
    if (!isSo) this.failures.push(what)
  }

  pick<A>(items: ReadonlyArray<A>): A {
    const item = items[Math.floor(this.random() * items.length)]
    if (item === undefined) throw new Error("There is nothing to pick from.")
    return item
  }

  /** Puts the begin and the end of a fault into the history. */
  async fault<A>(name: string, args: unknown, work: () => Promise<A>): Promise<A> {
    this.history.fault(name, "invoke", args)
    try {
      return await work()
    } finally {
      this.history.fault(name, "ok", args)
    }
  }

  /** Time under load, without a condition to wait for: nothing is to happen in it. */
  quiet(millis: number): Promise<void> {
    return delay(millis)
  }

  /** Ids of probes that this replica owns now. */
  async owned(victim: ChaosReplica, count = 6): Promise<ReadonlyArray<string>> {
    const ids = Array.from({ length: probes }, (_, index) => `probe-${index}`)
    const asker = this.fleet.others(victim)[0] ?? victim
    const answers = await Promise.all(ids.map((id) => asker.ask(id, 10_000)))
    return ids.filter((_, index) => answers[index]?.replica === victim.name).slice(0, count)
  }

  /** Every probe answers to every replica; a request that hangs is sent anew. */
  async allProbesAnswer(limitMillis = 45_000): Promise<void> {
    const ids = Array.from({ length: 12 }, (_, index) => `probe-${index}`)
    await until(
      "every probe answers",
      async () => {
        const asked = this.fleet.replicas.flatMap((replica) => ids.map((id) => replica.ask(id, 5_000)))
        const answers = await Promise.allSettled(asked)
        return answers.every((answer) => answer.status === "fulfilled" && answer.value.replica !== undefined)
      },
      limitMillis,
      lookMillis
    )
  }

  /** Does the fault and asks the others for what the victim owned until another process answers. */
  async takeOver(
    victim: ChaosReplica,
    fault: () => Promise<unknown>,
    limitMillis = 45_000
  ): Promise<Bed.TakeOver> {
    const ids = await this.owned(victim)
    const [asker] = this.fleet.others(victim)
    if (asker === undefined) throw new Error("Nobody is left to ask.")
    const { pid } = victim
    const startedAt = performance.now()
    const isFaulty = fault()
    this.hung = 0
    const times = await Promise.all(
      ids.map((id) => this.untilOwnedElsewhere(asker, pid, id, startedAt, limitMillis))
    )
    await isFaulty
    const known = times.filter((millis) => millis !== undefined)
    return {
      firstMillis: Math.round(Math.min(...known)),
      lastMillis: Math.round(Math.max(...known)),
      probes: ids.length,
      lost: times.length - known.length,
      hung: this.hung
    }
  }

  /** `name` holds, looked at ten times a second; milliseconds since `from`, or undefined after `limitMillis`. */
  async seen(
    isSo: () => Promise<boolean> | boolean,
    from: number,
    limitMillis: number
  ): Promise<number | undefined> {
    return until(
      "it is seen",
      async () => (await isSo()) && performance.now() - from,
      limitMillis,
      lookMillis
    ).then(
      (millis) => Math.round(millis),
      () => undefined
    )
  }

  /** The first replica that comes to this failpoint; its name is set on all of them until then. */
  async caught(failpoint: string, mode: string, start: () => Promise<unknown>): Promise<ChaosReplica> {
    for (const replica of this.fleet.replicas) replica.failpoints({ [failpoint]: mode })
    await start()
    const victim = await until(
      `somebody comes to ${failpoint}`,
      () => this.fleet.replicas.find((replica) => replica.hits().some(({ name }) => name === failpoint)),
      20_000,
      5
    )
    for (const other of this.fleet.others(victim)) other.failpoints({})
    return victim
  }

  /** The process is back, ready, and the three share the shards. */
  async untilWhole(): Promise<number> {
    const startedAt = performance.now()
    await this.fleet.untilWhole()
    return Math.round(performance.now() - startedAt)
  }

  private async untilOwnedElsewhere(
    asker: ChaosReplica,
    pid: number,
    id: string,
    startedAt: number,
    limitMillis: number
  ): Promise<number | undefined> {
    while (performance.now() - startedAt < limitMillis) {
      const left = limitMillis - (performance.now() - startedAt)
      const askedAt = performance.now()
      const answer = await asker.ask(id, Math.min(hungMillis, Math.max(50, left))).catch(() => undefined)
      if (performance.now() - askedAt >= hungMillis) this.hung++
      const now = performance.now() - startedAt
      if (answer?.pid !== undefined && answer.pid !== pid) return now
      await delay(lookMillis)
    }
    return undefined
  }
}

export { Bed }
