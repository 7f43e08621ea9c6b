import { randomUUID } from "node:crypto"
import { ChaosFleet } from "../../chaos/bed/chaos-fleet.ts"
import { Crowd } from "../../chaos/events/crowd.ts"
import { type CrowdCommand } from "../../chaos/events/crowd-command.ts"
import { EventEmitter } from "../../chaos/events/event-emitter.ts"
import { EventTenants } from "../../chaos/events/event-tenants.ts"
import { Seeded } from "../../chaos/workload/seeded.ts"
import { until } from "../../tests/support/until.ts"
import { BareServer } from "./bare-server.ts"

const slugs = ["bench-a", "bench-b", "bench-c", "bench-d", "bench-e"]
const sockets = 300
const streams = 100
/** Connections of one user: fewer than a user may have. */
const perUser = 10
const arriveMillis = 30_000

declare namespace FanoutBed {
  type Side = "product" | "bare"
  type Door = "rpc" | "sse" | "bare"
}

const doorsOf = { product: ["rpc", "sse"], bare: ["bare"] } as const

/** Three replicas and their subscribers on two of them, a bare server and as many subscribers of it. */
class FanoutBed {
  static readonly sockets = sockets
  static readonly streams = streams
  static readonly slugs = slugs
  readonly fleet: ChaosFleet
  readonly crowd: Crowd
  readonly bare: BareServer
  private readonly tenants: ReadonlyArray<EventTenants.Tenant>
  /** Which tenant is next: in turn each would have its events at an even distance, which is the easiest case. */
  private readonly chance = new Seeded(1)
  private sent = 0

  private constructor(
    fleet: ChaosFleet,
    crowd: Crowd,
    bare: BareServer,
    tenants: ReadonlyArray<EventTenants.Tenant>
  ) {
    this.fleet = fleet
    this.crowd = crowd
    this.bare = bare
    this.tenants = tenants
  }

  static async start(databaseUrl: string, say: (line: string) => void): Promise<FanoutBed> {
    const bare = await BareServer.start()
    const fleet = await ChaosFleet.start({ seed: 1, say, isDirect: true, databaseUrl })
    const crowd = new Crowd()
    const each = (sockets + streams) / slugs.length
    const tenants = await EventTenants.of(fleet, slugs, Math.ceil(each / perUser) + 1)
    const bed = new FanoutBed(fleet, crowd, bare, tenants)
    const urls = [fleet.replica(2).url, fleet.replica(3).url]
    for (const { apiKeys, slug } of tenants) {
      const counts = { rpc: sockets / slugs.length, sse: streams / slugs.length, bare: each }
      const keys = { rpc: apiKeys, sse: apiKeys.toReversed(), bare: [] }
      for (const door of ["rpc", "sse", "bare"] as const) {
        const of = door === "bare" ? [`${bare.url}/${slug}`] : urls
        await crowd.open({
          group: `${door} ${slug}`,
          door,
          count: counts[door],
          urls: of,
          apiKeys: keys[door],
          perUser
        })
      }
    }
    return bed
  }

  async stop(): Promise<void> {
    this.crowd.stop()
    this.bare.stop()
    await this.fleet.stop()
  }

  /** One transaction of so many events of any tenant on replica 1; the SKUs of its events and when it was committed. */
  async emit(count: number): Promise<{ readonly skus: ReadonlyArray<string>; readonly at: number }> {
    const index = this.sent++
    const { id, slug } = this.chance.pick(this.tenants)
    const tx = `${slug.toUpperCase()}-${index}`
    const event = { tx, count, aggregate: randomUUID(), end: "commit" } as const
    const { at } = await EventEmitter.emit(id, event, this.fleet.replica(1))
    return { at, skus: Array.from({ length: count }, (_, place) => `${tx}/${place + 1}`) }
  }

  async emitBare(): Promise<{ readonly skus: ReadonlyArray<string>; readonly at: number }> {
    const index = this.sent++
    const slug = this.chance.pick(slugs)
    const sku = `${slug.toUpperCase()}-${index}/1`
    const aggregateId = randomUUID()
    const at = await this.bare.send(slug, {
      seq: index,
      id: randomUUID(),
      type: "product.restocked",
      aggregateId,
      version: 1,
      occurredAt: new Date().toISOString(),
      payload: { _tag: "product.restocked", productId: aggregateId, sku, quantity: 1 }
    })
    return { at, skus: [sku] }
  }

  /** Until each client of the side has had so many events; when the last of them came, on the monotonic clock. */
  async arrived(side: FanoutBed.Side, events: number): Promise<number> {
    const wanted = (events * (sockets + streams)) / slugs.length
    return until(
      `${wanted} deliveries`,
      async () => {
        const counts = await Promise.all(this.groups(side).map((group) => this.crowd.count(group)))
        const sum = counts.reduce((all, { events: own }) => all + own, 0)
        return sum >= wanted && Math.max(...counts.map(({ lastAt }) => lastAt))
      },
      arriveMillis,
      100
    )
  }

  /** What came since it was asked last, by door. */
  async take(side: FanoutBed.Side): Promise<ReadonlyMap<FanoutBed.Door, CrowdCommand.Arrivals>> {
    const of = new Map<FanoutBed.Door, CrowdCommand.Arrivals>()
    for (const door of doorsOf[side]) {
      const all = await Promise.all(slugs.map((slug) => this.crowd.take(`${door} ${slug}`)))
      of.set(door, Object.assign({}, ...all) as CrowdCommand.Arrivals)
    }
    return of
  }

  private groups(side: FanoutBed.Side): ReadonlyArray<string> {
    return doorsOf[side].flatMap((door) => slugs.map((slug) => `${door} ${slug}`))
  }
}

export { FanoutBed }
