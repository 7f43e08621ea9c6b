import { Context, Effect, Layer, Metric, MutableHashMap, Option, type Runtime, type Scope } from "effect"
import { LaneMetrics } from "./lane-metrics.ts"

declare namespace LocalHosts {
  type Host = {
    /** Marks the lane as worth a turn, and begins one unless it is at it or the replica is full. */
    readonly wake: (kind: string, key: string) => void
    /** What the sweep found as the epoch of the partition. */
    readonly see: (epoch: number) => Effect.Effect<void>
  }
  type Shape = {
    readonly add: (partition: number, host: LocalHosts.Host) => Effect.Effect<void, never, Scope.Scope>
    readonly find: (partition: number) => Option.Option<LocalHosts.Host>
    /** Takes a place for a lane; without one the wake is forgotten, and a later sweep finds its rows. */
    readonly enter: () => boolean
    readonly leave: Effect.Effect<void>
    /** True while it is worth looking for more lanes. */
    readonly hasRoom: Effect.Effect<boolean>
    /** Runs apart from whoever caused it: not in that one's transaction, trace or name. */
    readonly fork: Runtime.Runtime<never>
  }
}

/** Lanes that one replica works on at once, over all its partitions. */
const _activeLimit = 1024

/** The lane hosts that live on this replica, so that a wake of its own need not travel; and their room. */
class LocalHosts extends Context.Tag("infra/lanes/LocalHosts")<LocalHosts, LocalHosts.Shape>() {
  static readonly layer = Layer.effect(
    LocalHosts,
    Effect.gen(function* () {
      const hosts = MutableHashMap.empty<number, LocalHosts.Host>()
      let active = 0
      const counted = Effect.suspend(() => Metric.set(LaneMetrics.active, active))
      const count = (change: number) => {
        active += change
        return true
      }

      return LocalHosts.of({
        add: (partition, host) =>
          Effect.acquireRelease(
            Effect.sync(() => MutableHashMap.set(hosts, partition, host)),
            () =>
              Effect.sync(() =>
                MutableHashMap.modifyAt(
                  hosts,
                  partition,
                  Option.filter((known) => known !== host)
                )
              )
          ).pipe(Effect.asVoid),
        find: (partition) => MutableHashMap.get(hosts, partition),
        enter: () => active < _activeLimit && count(1),
        leave: Effect.suspend(() => {
          count(-1)
          return counted
        }),
        hasRoom: Effect.zipRight(
          counted,
          Effect.sync(() => active < _activeLimit / 2)
        ),
        fork: yield* Effect.runtime<never>()
      })
    })
  )
}

export { LocalHosts }
