import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { newProduct } from "../bed/new-product.ts"
import { randomDeaths } from "../bed/random-deaths.ts"

const orders = 1_000
/** Placed by the case at the same time. */
const hands = 16
/** Of every ten orders one is refused by the payment provider and one by the carrier. */
const tenth = 10
/** After them the sagas get the time to end. */
const deaths = 12

const placingOf = (sku: string, index: number): Bed.Placing => {
  const kind = index % tenth
  if (kind === 3) return { sku, paymentToken: "tok_declined" }
  return kind === 7 ? { sku, postcode: "00000" } : { sku }
}

const endsOf = async (bed: Bed) => {
  const rows = await bed.fleet.sql<{ readonly status: string; readonly count: number }>(
    `SELECT status, count(*)::int AS count FROM orders WHERE idempotency_key LIKE $1 GROUP BY status`,
    [`${bed.prefix}-%`]
  )
  return new Map(rows.map(({ count, status }) => [status, count]))
}

const countOf = (ends: ReadonlyMap<string, number>) =>
  (ends.get("fulfilled") ?? 0) + (ends.get("cancelled") ?? 0)

/** How fast they end is the machine's affair; that one more has ended within a minute is not. */
const allEnded = async (bed: Bed): Promise<ReadonlyMap<string, number>> => {
  let before = -1
  let ends = await endsOf(bed)
  while (countOf(ends) < orders && countOf(ends) > before) {
    before = countOf(ends)
    const isFurther = async () => {
      ends = await endsOf(bed)
      return countOf(ends) > before
    }
    await until(`more than ${before} of ${orders} orders have ended`, isFurther, 60_000, 500)
  }
  return ends
}

/** What each saga did at the provider is compared with its order by the checker, as for every other order. */
const rf02Thousand: ChaosCase = {
  id: "RF-02-1000",
  title: "1,000 sagas while replicas are killed at random",
  does: "1,000 orders, a tenth refused by the bank and a tenth by the carrier; SIGKILL of any replica every 8 to 16 s, twelve times.",
  expected:
    "Each order is fulfilled or cancelled as it should be, each effect at the providers is there once.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    // Of its own, so that there is enough of it for everybody.
    const sku = await newProduct(bed, { sku: bed.unique("THOUSAND"), initial: 2 * orders })
    const startedAt = performance.now()
    let next = 0
    let isOver = false
    const hand = async () => {
      while (next < orders) await bed.place(placingOf(sku, next++))
    }
    const ending = Promise.all(Array.from({ length: hands }, hand))
      .then(() => allEnded(bed))
      .finally(() => {
        isOver = true
      })
    const [ended, count] = await Promise.all([
      ending,
      randomDeaths(bed, { isOver: () => isOver, most: deaths })
    ])
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const refused = (2 * orders) / tenth
    bed.expect(count > 2, `only ${count} replicas were killed`)
    bed.expect(ended.get("cancelled") === refused, `${ended.get("cancelled")} of ${refused} are cancelled`)
    bed.expect(
      ended.get("fulfilled") === orders - refused,
      `${ended.get("fulfilled")} of ${orders - refused} are fulfilled`
    )
    return { orders, kills: count, seconds }
  }
}

export { rf02Thousand }
