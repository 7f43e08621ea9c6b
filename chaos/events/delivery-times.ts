import { randomUUID } from "node:crypto"
import { atRate } from "../../bench/support/at-rate.ts"
import { Samples } from "../../bench/support/samples.ts"
import { until } from "../../tests/support/until.ts"
import { type ChaosFleet } from "../bed/chaos-fleet.ts"
import { type Crowd } from "./crowd.ts"
import { EventEmitter } from "./event-emitter.ts"
import { type EventTenants } from "./event-tenants.ts"

declare namespace DeliveryTimes {
  interface Options {
    readonly fleet: ChaosFleet
    readonly crowd: Crowd
    readonly tenant: EventTenants.Tenant
    /** Groups of subscribers of the tenant, and how many they are together. */
    readonly groups: ReadonlyArray<string>
    readonly clients: number
    readonly perSecond: number
    readonly seconds: number
  }
}

const arriveMillis = 30_000

/** Single events at a steady rate, from all replicas in turn; milliseconds from each commit to each subscriber. */
const DeliveryTimes = {
  measure: async ({
    clients,
    crowd,
    fleet,
    groups,
    perSecond,
    seconds,
    tenant
  }: DeliveryTimes.Options): Promise<ReadonlyArray<number>> => {
    for (const group of groups) await crowd.take(group)
    const run = randomUUID().slice(0, 8).toUpperCase()
    const { failed, results } = await atRate(perSecond, seconds, async (index) => {
      const event = { tx: `${run}-${index}`, count: 1, aggregate: randomUUID(), end: "commit" } as const
      const { at } = await EventEmitter.emit(tenant.id, event, fleet.replica(1 + (index % 3)))
      return { at, sku: `${event.tx}/1` }
    })
    if (failed > 0) throw new Error(`${failed} events could not be emitted`)
    const wanted = results.length * clients
    await until(
      `${wanted} deliveries`,
      async () => {
        const counts = await Promise.all(groups.map((group) => crowd.count(group)))
        return counts.reduce((sum, { events }) => sum + events, 0) >= wanted
      },
      arriveMillis,
      100
    )
    const waits: Array<number> = []
    for (const group of groups) {
      const arrivals = await crowd.take(group)
      for (const { at, sku } of results) for (const time of arrivals[sku] ?? []) waits.push(time - at)
    }
    return waits
  },

  p99: (waits: ReadonlyArray<number>): number => Math.round(new Samples(waits).quantile(0.99))
} as const

export { DeliveryTimes }
