import { EntityId, Sharding } from "@effect/cluster"
import { Context, Duration, Effect, Hash, Layer, Metric, Schedule } from "effect"
import { LaneHost } from "./lane-host.ts"
import { LaneRegistry } from "./lane-registry.ts"

declare namespace Lanes {
  type Kind = LaneRegistry.Kind
  type Lane = LaneRegistry.Lane
  type Turn = LaneRegistry.Turn
  type Shape = {
    /** Adds a kind of work; to be called while the layer of that mechanism builds. */
    readonly register: (kind: Lanes.Kind) => Effect.Effect<void>
    /**
     * Tells the owner of the lane to look; forked, at most 1 s, never fails: the sweep heals what is lost.
     */
    readonly wake: (kind: string, key: string) => Effect.Effect<void>
  }
}

/**
 * Every replica looks at its own partitions this often, for wakes that were lost and work that is far off.
 */
const _sweepInterval = Duration.seconds(5)
const _sweepTimeout = Duration.seconds(70)
const _wakeTimeout = Duration.seconds(1)
/** Lanes that one sweep wakes at most; the rest is found by the next. */
const _sweepLimit = 1000

const _swept = Metric.counter("lane_sweep_wakes_total", { incremental: true })

/**
 * A lane is a slice of a table (its key hashes to one of 64 partitions) on which the owner of the partition
 * alone works, so there is neither a claim loop with row locks nor a poll per table.
 */
class Lanes extends Context.Tag("infra/lanes/Lanes")<Lanes, Lanes.Shape>() {
  static readonly partitions = LaneHost.partitions
  static readonly again: Lanes.Turn = { _tag: "Again" }
  static readonly idle: Lanes.Turn = { _tag: "Idle" }
  /** Look again after so many milliseconds; the row keeps the time, the timer only saves a sweep. */
  static readonly dueIn = (millis: number): Lanes.Turn => ({ _tag: "DueIn", millis })

  /** 0 to 63; the same on every replica and for ever, because rows store it. */
  static readonly partitionOf = (key: string): number => Math.abs(Hash.string(key)) % LaneHost.partitions

  static readonly layer = Layer.scoped(
    Lanes,
    Effect.gen(function* () {
      const registry = yield* LaneRegistry
      const sharding = yield* Sharding.Sharding
      const client = yield* LaneHost.entity.client

      const send = (partition: number, kind: string, key: string) =>
        client(String(partition))
          .Wake({ kind, key }, { discard: true })
          .pipe(
            Effect.timeout(_wakeTimeout),
            Effect.asVoid,
            // An interrupt of the owner must not end the wakes of the others.
            Effect.catchAllCause(() => Effect.void)
          )

      const sweep = Effect.gen(function* () {
        const owned = Array.from({ length: LaneHost.partitions }, (_, partition) => partition).filter(
          (partition) => sharding.hasShardId(sharding.getShardId(EntityId.make(String(partition)), "default"))
        )
        const kinds = yield* registry.all
        const due = yield* Effect.forEach(kinds, (kind) =>
          Effect.map(kind.due(owned), (lanes) => lanes.map((lane) => ({ ...lane, kind: kind.name })))
        )
        const lanes = due.flat().slice(0, _sweepLimit)
        yield* Effect.forEach(lanes, (lane) => send(lane.partition, lane.kind, lane.key), {
          concurrency: 16,
          discard: true
        })
        yield* Metric.incrementBy(_swept, lanes.length)
      })

      yield* sweep.pipe(
        // Above every statement's own deadline: a connection that died in silence must not end the sweeps.
        Effect.timeout(_sweepTimeout),
        Effect.catchAllCause((cause) => Effect.logWarning("a sweep of the lanes failed", cause)),
        Effect.repeat(Schedule.spaced(_sweepInterval)),
        Effect.delay(Duration.seconds(1)),
        Effect.forkScoped
      )

      return Lanes.of({
        register: registry.add,
        wake: (kind, key) => Effect.asVoid(Effect.forkDaemon(send(Lanes.partitionOf(key), kind, key)))
      })
    })
  ).pipe(Layer.provide(LaneHost.layer), Layer.provide(LaneRegistry.layer))
}

export { Lanes }
