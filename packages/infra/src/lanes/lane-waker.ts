import { EntityId, Sharding } from "@effect/cluster"
import { Context, Effect, Layer, Option } from "effect"
import { LaneEntity } from "./lane-entity.ts"
import { LanePost } from "./lane-post.ts"
import { LocalHosts } from "./local-hosts.ts"

type _Name = { readonly kind: string; readonly key: string }

declare namespace LaneWaker {
  type Shape = {
    readonly wake: (partition: number, lane: _Name) => Effect.Effect<void>
    /** Of this replica, at the moment. */
    readonly owned: Effect.Effect<ReadonlyArray<number>>
  }
}

/** Brings wakes to the owners of their lanes: by a call on the owner itself, else by the post. */
class LaneWaker extends Context.Tag("infra/lanes/LaneWaker")<LaneWaker, LaneWaker.Shape>() {
  static readonly layer = Layer.effect(
    LaneWaker,
    Effect.gen(function* () {
      const hosts = yield* LocalHosts
      const sharding = yield* Sharding.Sharding
      const { post } = yield* LanePost.make
      const partitions = Array.from({ length: LaneEntity.partitions }, (_, partition) => partition)
      const shards = partitions.map((partition) =>
        sharding.getShardId(EntityId.make(String(partition)), "default")
      )
      const isOwned = (partition: number): boolean =>
        shards.slice(partition, partition + 1).some((shard) => sharding.hasShardId(shard))

      return LaneWaker.of({
        wake: (partition, lane) =>
          Effect.sync(() =>
            Option.match(
              Option.filter(hosts.find(partition), () => isOwned(partition)),
              { onNone: () => post({ ...lane, partition }), onSome: (host) => host.wake(lane.kind, lane.key) }
            )
          ),
        owned: Effect.sync(() => partitions.filter(isOwned))
      })
    })
  )
}

export { LaneWaker }
