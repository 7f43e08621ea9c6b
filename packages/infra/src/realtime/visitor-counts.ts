import { Effect, Metric, type Scope } from "effect"

declare namespace VisitorCounts {
  type Shape = {
    /** Counts one more of `visitor` until the scope ends; false where the visitor has `most` already. */
    readonly enter: (visitor: string, most: number) => Effect.Effect<boolean, never, Scope.Scope>
  }
}

/** How many of something each visitor has open on this replica. */
const VisitorCounts = {
  make: (open: Metric.Metric.Gauge<number>): VisitorCounts.Shape => {
    const counts = new Map<string, number>()
    const of = (visitor: string) => counts.get(visitor) ?? 0

    const add = (visitor: string) =>
      Effect.zipRight(
        Effect.sync(() => counts.set(visitor, of(visitor) + 1)),
        Metric.modify(open, 1)
      )
    const remove = (visitor: string) =>
      Effect.zipRight(
        Effect.sync(() => (of(visitor) > 1 ? counts.set(visitor, of(visitor) - 1) : counts.delete(visitor))),
        Metric.modify(open, -1)
      )

    return {
      enter: (visitor, most) =>
        Effect.suspend(() =>
          of(visitor) < most
            ? Effect.as(
                Effect.acquireRelease(add(visitor), () => remove(visitor)),
                true
              )
            : Effect.succeed(false)
        )
    }
  }
} as const

export { VisitorCounts }
