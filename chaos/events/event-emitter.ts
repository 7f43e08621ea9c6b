import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { type DeliveryChecks } from "../checker/delivery-checks.ts"
import { type EventPlan } from "./event-plan.ts"
import { type EventTenants } from "./event-tenants.ts"

declare namespace EventEmitter {
  interface Answer {
    readonly outcome: "committed" | "known" | "refused" | "died"
    /** Of the machine's monotonic clock, right after the commit. */
    readonly at: number
  }
}

const answerMillis = 5_000
const patienceMillis = 120_000
const isRolledBack = { committed: false, known: false, refused: true, died: true } as const

/** Runs the probe's transactions, each until there is a clear answer; the first time on the replica that is asked for. */
const EventEmitter = {
  emit: (
    tenant: string,
    { aggregate, count, end, tx }: Omit<EventPlan.Transaction, "slug">,
    at: ChaosReplica
  ): Promise<EventEmitter.Answer> => {
    const query = new URLSearchParams({ tenant, tx, count: String(count), aggregate, end })
    return at.json<EventEmitter.Answer>(`/chaos/emit?${query}`, "POST", answerMillis)
  },

  /** At a pace, as long as it is not told to hurry, by a number of hands; what each caller was told. */
  all: async (
    bed: Bed,
    tenants: ReadonlyArray<EventTenants.Tenant>,
    plan: ReadonlyArray<EventPlan.Transaction>,
    pace: { readonly hands: number; readonly millis: number; readonly isHurried: () => boolean }
  ): Promise<ReadonlyArray<DeliveryChecks.Told>> => {
    const told: Array<DeliveryChecks.Told> = []
    const startedAt = performance.now()
    let next = 0
    const one = async (transaction: EventPlan.Transaction, index: number) => {
      const tenant = tenants.find(({ slug }) => slug === transaction.slug)?.id ?? ""
      let turn = index
      const { outcome } = await until(
        `${transaction.tx} has a clear answer`,
        () =>
          EventEmitter.emit(tenant, transaction, bed.fleet.replica(1 + (turn++ % 3))).catch(() => undefined),
        patienceMillis,
        100
      )
      const { count, end, slug, tx } = transaction
      bed.expect(isRolledBack[outcome] === (end !== "commit"), `${tx} was to ${end}, and it is ${outcome}`)
      told.push({ slug, tx, count, isRolledBack: isRolledBack[outcome] })
    }
    const hand = async () => {
      while (next < plan.length) {
        const index = next++
        const dueAt = startedAt + (index + 1) * pace.millis
        while (performance.now() < dueAt && !pace.isHurried()) await bed.quiet(25)
        const transaction = plan[index]
        if (transaction !== undefined) await one(transaction, index)
      }
    }
    await Promise.all(Array.from({ length: pace.hands }, hand))
    return told
  }
} as const

export { EventEmitter }
