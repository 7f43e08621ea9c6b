import { Array as Arr, DateTime, Effect, Random } from "effect"
import { DemoId } from "./demo-id.ts"
import { type DemoTenants } from "./demo-tenants.ts"

type _Path = {
  readonly status: "fulfilled" | "cancelled"
  readonly version: number
  readonly reason: string | null
  readonly movements: ReadonlyArray<"reserve" | "sell" | "release">
  readonly payment: "captured" | "refunded" | null
}

declare namespace DemoOrder {
  type Line = DemoTenants.Article & {
    readonly productId: string
    readonly line: number
    readonly quantity: number
  }
  type Value = _Path & {
    readonly id: string
    readonly number: string
    readonly customerId: string
    readonly placedAt: string
    readonly endedAt: string
    readonly postcode: string
    readonly totalMinor: number
    readonly lines: ReadonlyArray<DemoOrder.Line>
  }
}

/** How an order of the past ended; the versions count the states that it went through. */
const _paths = {
  fulfilled: {
    status: "fulfilled",
    version: 6,
    reason: null,
    movements: ["reserve", "sell"],
    payment: "captured"
  },
  declined: {
    status: "cancelled",
    version: 4,
    reason: "the payment was declined",
    movements: ["reserve", "release"],
    payment: null
  },
  refunded: {
    status: "cancelled",
    version: 6,
    reason: "cancelled by an operator",
    movements: ["reserve", "release"],
    payment: "refunded"
  }
} as const satisfies Record<string, _Path>

/** Of a hundred orders; the rest is fulfilled. */
const _ends = [
  ...Arr.replicate(_paths.declined, 5),
  ...Arr.replicate(_paths.refunded, 3),
  ...Arr.replicate(_paths.fulfilled, 92)
]
const _lastSagaSeconds = 90

/** One order of the past, drawn from the fiber's `Random`: the same seed gives the same order. */
const DemoOrder = {
  draw: (plan: DemoTenants.Plan, index: number, placedAt: DateTime.Utc) =>
    Effect.gen(function* () {
      const articles = yield* Random.shuffle(plan.articles)
      const count = yield* Random.nextIntBetween(1, 5)
      const lines = yield* Effect.forEach(Arr.take(articles, count), (article, position) =>
        Effect.map(Random.nextIntBetween(1, 6), (quantity) => ({
          ...article,
          quantity,
          line: position + 1,
          productId: DemoId.of(plan.slug, "product", article.sku)
        }))
      )
      const path: _Path = yield* Random.choice(_ends).pipe(Effect.orDie)
      const customer = yield* Random.nextIntBetween(0, 100)
      const seconds = yield* Random.nextIntBetween(2, _lastSagaSeconds)
      const postcode = yield* Random.nextIntBetween(10_000, 99_000)
      return {
        ...path,
        id: DemoId.of(plan.slug, "order", index),
        number: String(1001 + index),
        customerId: DemoId.of(plan.slug, "customer", customer),
        placedAt: DateTime.formatIso(placedAt),
        endedAt: DateTime.formatIso(DateTime.add(placedAt, { seconds })),
        postcode: String(postcode),
        totalMinor: lines.reduce((sum, { priceMinor, quantity }) => sum + priceMinor * quantity, 0),
        lines
      } satisfies DemoOrder.Value
    })
} as const

export { DemoOrder }
