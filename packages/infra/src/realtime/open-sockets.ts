import { Context, Effect, Layer, Metric, type Scope } from "effect"

declare namespace OpenSockets {
  type Shape = {
    /** Counts a socket of `visitor` until the scope ends; false where the visitor has `most` already. */
    readonly enter: (visitor: string, most: number) => Effect.Effect<boolean, never, Scope.Scope>
  }
}

const _open = Metric.gauge("live_sockets_open", { description: "WebSockets that are open now." })

/** How many sockets each visitor has on this replica, whatever their paths. */
class OpenSockets extends Context.Tag("infra/realtime/OpenSockets")<OpenSockets, OpenSockets.Shape>() {
  static readonly layer = Layer.sync(OpenSockets, () => {
    const counts = new Map<string, number>()
    const of = (visitor: string) => counts.get(visitor) ?? 0

    const add = (visitor: string) =>
      Effect.zipRight(
        Effect.sync(() => counts.set(visitor, of(visitor) + 1)),
        Metric.modify(_open, 1)
      )
    const remove = (visitor: string) =>
      Effect.zipRight(
        Effect.sync(() => (of(visitor) > 1 ? counts.set(visitor, of(visitor) - 1) : counts.delete(visitor))),
        Metric.modify(_open, -1)
      )

    return OpenSockets.of({
      enter: (visitor, most) =>
        Effect.suspend(() =>
          of(visitor) < most
            ? Effect.as(
                Effect.acquireRelease(add(visitor), () => remove(visitor)),
                true
              )
            : Effect.succeed(false)
        )
    })
  })
}

export { OpenSockets }
