import { randomUUID } from "node:crypto"
import { Seeded } from "../workload/seeded.ts"

declare namespace EventPlan {
  interface Transaction {
    readonly slug: string
    readonly tx: string
    readonly count: number
    readonly aggregate: string
    readonly end: "commit" | "refuse" | "die"
  }
}

const mostEvents = 20
const aggregates = 12
const ends = { commit: 84, refuse: 10, die: 6 }

/** Transactions of 1 to 20 events of one of twelve things of a tenant, until so many events are to be committed. */
const EventPlan = {
  /** What the SKUs of a tenant's events begin with: no other tenant may ever be shown it. */
  prefix: (slug: string, run: string): string => `${slug.toUpperCase()}-${run}-`,

  draw: (
    seed: number,
    run: string,
    slugs: ReadonlyArray<string>,
    events: number
  ): ReadonlyArray<EventPlan.Transaction> => {
    const chance = new Seeded(seed).fork("events")
    const things = new Map(
      slugs.map((slug) => [slug, Array.from({ length: aggregates }, () => randomUUID())])
    )
    const plan: Array<EventPlan.Transaction> = []
    for (let left = events; left > 0; ) {
      const slug = chance.pick(slugs)
      const end = chance.weighted(ends)
      const count = Math.min(left, chance.between(1, mostEvents))
      const aggregate = chance.pick(things.get(slug) ?? [])
      plan.push({ slug, count, aggregate, end, tx: `${EventPlan.prefix(slug, run)}${plan.length}` })
      if (end === "commit") left -= count
    }
    return plan
  }
} as const

export { EventPlan }
