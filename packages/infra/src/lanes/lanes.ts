import { Context, Duration, Effect, Hash, Layer } from "effect"
import { LaneEntity } from "./lane-entity.ts"
import { LaneHost } from "./lane-host.ts"
import { LaneMetrics } from "./lane-metrics.ts"
import { LaneMoves } from "./lane-moves.ts"
import { LaneRegistry } from "./lane-registry.ts"
import { LaneRounds } from "./lane-rounds.ts"
import { LaneSweep } from "./lane-sweep.ts"
import { LaneWaker } from "./lane-waker.ts"
import { LocalHosts } from "./local-hosts.ts"

declare namespace Lanes {
  type Kind = LaneRegistry.Kind
  type Lane = LaneRegistry.Lane
  type Turn = LaneRegistry.Turn
  type Shape = {
    /** Adds a kind of work; to be called while the layer of that mechanism builds. */
    readonly register: (kind: Lanes.Kind) => Effect.Effect<void>
    /** Tells the owner of the lane to look; does not wait, never fails: the sweep heals what is lost. */
    readonly wake: (kind: string, key: string) => Effect.Effect<void>
    /** The partitions of this replica, at the moment. */
    readonly owned: Effect.Effect<ReadonlyArray<number>>
  }
}

/**
 * A lane is a slice of a table (its key hashes to one of 64 partitions) on which the owner of the partition
 * alone works, so there is neither a claim loop with row locks nor a poll per table.
 */
class Lanes extends Context.Tag("infra/lanes/Lanes")<Lanes, Lanes.Shape>() {
  static readonly partitions = LaneEntity.partitions
  static readonly metrics = LaneMetrics
  static readonly again: Lanes.Turn = { _tag: "Again" }
  static readonly idle: Lanes.Turn = { _tag: "Idle" }
  /** Look again after so many milliseconds; the row keeps the time, the timer only saves a sweep. */
  static readonly dueIn = (millis: number): Lanes.Turn => ({ _tag: "DueIn", millis })

  /** Of several turns on one lane: again if one wants it, else when the first is due. */
  static readonly soonest = (turns: ReadonlyArray<Lanes.Turn>): Lanes.Turn =>
    turns.find(({ _tag }) => _tag === "Again") ?? _first(turns)

  /** 0 to 63; the same on every replica and for ever, because rows store it. */
  static readonly partitionOf = (key: string): number => Math.abs(Hash.string(key)) % LaneEntity.partitions

  static readonly layer = Layer.scoped(
    Lanes,
    Effect.gen(function* () {
      const registry = yield* LaneRegistry
      const waker = yield* LaneWaker
      const { sweep } = yield* LaneSweep.make

      yield* LaneRounds.run({ owned: waker.owned, sweep }).pipe(
        Effect.delay(Duration.seconds(1)),
        Effect.forkScoped
      )

      return Lanes.of({
        register: registry.add,
        owned: waker.owned,
        wake: (kind, key) => waker.wake(Lanes.partitionOf(key), { kind, key })
      })
    })
  ).pipe(
    Layer.provide(LaneHost.layer),
    Layer.provide(LaneWaker.layer),
    Layer.provide(LaneMoves.layer),
    Layer.provide(LaneRegistry.layer),
    Layer.provide(LocalHosts.layer)
  )
}

const _first = (turns: ReadonlyArray<Lanes.Turn>): Lanes.Turn => {
  const millis = turns.flatMap((turn) => (turn._tag === "DueIn" ? [turn.millis] : []))
  return millis.length > 0 ? Lanes.dueIn(Math.min(...millis)) : Lanes.idle
}

export { Lanes }
