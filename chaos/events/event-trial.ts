import { Option } from "effect"
import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { DeliveryChecks } from "../checker/delivery-checks.ts"
import { type ComingBack } from "./coming-back.ts"
import { EventBooks } from "./event-books.ts"
import { type EventFront } from "./event-front.ts"
import { EventPlan } from "./event-plan.ts"
import { EventSubscriber } from "./event-subscriber.ts"
import { EventTenants } from "./event-tenants.ts"

declare namespace EventTrial {
  interface Options {
    readonly front: EventFront
    readonly slugs: ReadonlyArray<string>
    /** Of each tenant. */
    readonly doors: ReadonlyArray<ComingBack.Door>
    /** Subscribers that share an API key. */
    readonly perUser: number
    /** Of the subscriber with this index; any of the front's when absent. */
    readonly urlOf?: (index: number) => string
  }
}

/** Subscribers of some tenants, each from the head of its log on, and what must be true of them in the end. */
class EventTrial {
  readonly run: string
  readonly tenants: ReadonlyArray<EventTenants.Tenant>
  readonly readers: ReadonlyArray<EventSubscriber>
  private readonly bed: Bed
  private readonly starts: ReadonlyMap<string, number>

  private constructor(
    bed: Bed,
    run: string,
    tenants: ReadonlyArray<EventTenants.Tenant>,
    readers: ReadonlyArray<EventSubscriber>,
    starts: ReadonlyMap<string, number>
  ) {
    this.bed = bed
    this.run = run
    this.tenants = tenants
    this.readers = readers
    this.starts = starts
  }

  /** Returns when every subscriber has heard from its replica. */
  static async open(
    bed: Bed,
    { doors, front, perUser, slugs, urlOf = () => bed.pick(front.urls) }: EventTrial.Options
  ): Promise<EventTrial> {
    const run = bed.unique("").slice(1, 6)
    const tenants = await EventTenants.of(bed.fleet, slugs, Math.ceil(doors.length / perUser))
    const starts = new Map<string, number>()
    for (const tenant of tenants) starts.set(tenant.slug, await EventBooks.head(bed.fleet, tenant))
    const readers = tenants.flatMap(({ apiKeys, slug }) =>
      doors.map(
        (door, index) =>
          new EventSubscriber({
            name: `${door} ${index + 1} of ${slug}`,
            door,
            slug,
            apiKey: apiKeys[Math.floor(index / perUser)] ?? "",
            url: () => urlOf(index),
            after: Option.fromNullable(starts.get(slug)),
            chance: bed.random
          })
      )
    )
    const trial = new EventTrial(bed, run, tenants, readers, starts)
    await trial.untilConnected()
    return trial
  }

  plan(events: number): ReadonlyArray<EventPlan.Transaction> {
    const slugs = this.tenants.map(({ slug }) => slug)
    return EventPlan.draw(this.bed.fleet.seed, this.run, slugs, events)
  }

  async untilConnected(millis = 30_000): Promise<void> {
    await until("every subscriber is connected", () => this.readers.every((one) => one.isConnected), millis)
  }

  /** Everybody has come to the head, the durable subscriber, too; milliseconds, undefined when it was not in time. */
  caughtUp(limitMillis: number): Promise<number | undefined> {
    return this.bed.seen(() => this.isCaughtUp(), performance.now(), limitMillis)
  }

  /** What is wrong, a sentence each. */
  async judge(told: ReadonlyArray<DeliveryChecks.Told>): Promise<ReadonlyArray<string>> {
    const { fleet } = this.bed
    const prefixes = Object.fromEntries(
      this.tenants.map(({ slug }) => [slug, EventPlan.prefix(slug, this.run)])
    )
    const logs: Array<DeliveryChecks.Log> = []
    const emitted: Array<DeliveryChecks.Emitted> = []
    const readers: Array<DeliveryChecks.Reader> = this.readers.map(({ options: { name, slug }, seen }) => ({
      name,
      slug,
      after: this.startOf(slug),
      seen
    }))
    for (const tenant of this.tenants) {
      const { slug } = tenant
      const after = this.startOf(slug)
      logs.push(await EventBooks.log(fleet, tenant))
      emitted.push(...(await EventBooks.emitted(fleet, tenant, prefixes[slug] ?? "")))
      const seen = await EventBooks.handled(fleet, tenant, after)
      readers.push({ name: `the durable subscriber of ${slug}`, slug, after, seen })
    }
    return DeliveryChecks.check({ logs, emitted, readers, told, prefixes })
  }

  async close(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()))
  }

  private startOf(slug: string): number {
    return this.starts.get(slug) ?? 0
  }

  private async isCaughtUp(): Promise<boolean> {
    for (const tenant of this.tenants) {
      const head = await EventBooks.head(this.bed.fleet, tenant)
      const own = this.readers.filter(({ options }) => options.slug === tenant.slug)
      if (own.some(({ position }) => Option.getOrElse(position, () => 0) < head)) return false
      if ((await EventBooks.handledTo(this.bed.fleet, tenant)) < head) return false
    }
    return true
  }
}

export { EventTrial }
