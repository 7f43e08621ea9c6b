import {
  type MessageStorage,
  RunnerHealth,
  RunnerStorage,
  Runners,
  ShardId,
  Sharding,
  type ShardingConfig,
  SqlMessageStorage,
  SqlRunnerStorage
} from "@effect/cluster"
import { type HttpServerError, type SocketServer } from "@effect/platform"
import { NodeClusterSocket } from "@effect/platform-node"
import { RpcSerialization } from "@effect/rpc"
import { Context, Effect, Layer } from "effect"
import { ClusterSelf } from "../context/cluster-self.ts"
import { ClusterCron } from "./cluster-cron.ts"
import { ClusterPool } from "./cluster-pool.ts"
import { ClusterSettings } from "./cluster-settings.ts"
import { ClusterSingleton } from "./cluster-singleton.ts"
import { CronStore } from "./cron-store.ts"
import { LeaderStore } from "./leader-store.ts"
import { MessageWake } from "./messages/message-wake.ts"
import { PgMessageStorage } from "./messages/pg-message-storage.ts"
import { StoredReplies } from "./messages/stored-replies.ts"
import { PatientReplies } from "./patient-replies.ts"
import { PgRunnerStorage } from "./pg-runner-storage.ts"
import { RunnerDeparture } from "./runner-departure.ts"
import { RunnerTransport } from "./runner-transport.ts"

declare namespace ClusterService {
  type Options = ClusterSettings.Options
  type Runner = { readonly address: string; readonly healthy: boolean; readonly self: boolean }
  type Shape = {
    /** `host:port` of this runner. */
    readonly address: string
    /** Time-ordered, unique in the cluster: 42 bits of time, 10 of machine, 12 of sequence. */
    readonly snowflake: Effect.Effect<bigint>
    /** Every runner that has registered, alive or not. */
    readonly health: Effect.Effect<ReadonlyArray<ClusterService.Runner>>
    /** Shards that this runner owns at the moment, as numbers from 1 to 300. */
    readonly shards: Effect.Effect<ReadonlyArray<number>>
    readonly shardsOwned: Effect.Effect<number>
    /** Entities that are in this runner's memory. */
    readonly entities: Effect.Effect<number>
    /** Gives all shards to the other runners while this one goes on answering; see `RunnerDeparture`. */
    readonly leave: Effect.Effect<void>
  }
}

/** Replicas find each other and share the shards; everything else of this package stands on it. */
class ClusterService extends Context.Tag("infra/cluster/ClusterService")<
  ClusterService,
  ClusterService.Shape
>() {
  static readonly settings = ClusterSettings

  static readonly layer = (options: ClusterService.Options) => {
    const transport = RunnerTransport[options.transport]
    const health = {
      ping: () =>
        RunnerHealth.layerPing.pipe(Layer.provide(Runners.layerRpc), Layer.provide(transport.client)),
      k8s: () => RunnerHealth.layerK8s().pipe(Layer.provide(NodeClusterSocket.layerK8sHttpClient))
    }
    const messages = {
      batched: () => PgMessageStorage.layer,
      stock: () => SqlMessageStorage.layer
    }
    const wake = { batched: () => MessageWake.layer(options), stock: () => Layer.empty }
    const runner: _Runner = transport.runner(options)
    const sharding = runner.pipe(
      Layer.provide(health[options.health]()),
      Layer.provideMerge(
        PatientReplies.layer.pipe(
          Layer.provide(messages[options.messages]()),
          Layer.orDie,
          Layer.provide(ClusterPool.messages(options))
        )
      ),
      Layer.provideMerge(StoredReplies.layer),
      Layer.provideMerge(RunnerDeparture.layer.pipe(Layer.provide(_storages[options.locks](options)))),
      Layer.provide(ClusterSettings.layer(options)),
      Layer.provide(RpcSerialization.layerMsgPack)
    )
    const self = Layer.effect(ClusterService, _make(`${options.host}:${options.port}`))
    return Layer.merge(self, wake[options.messages]()).pipe(
      Layer.provideMerge(sharding),
      Layer.provideMerge(Layer.merge(LeaderStore.layer, CronStore.layer)),
      Layer.provideMerge(
        Layer.succeed(ClusterSelf, { replica: options.replica, address: `${options.host}:${options.port}` })
      )
    )
  }

  /** Runs on exactly one replica at a time, with state that the next owner goes on from. */
  static readonly singleton = ClusterSingleton.layer

  /** Runs once per tick in the whole cluster. */
  static readonly cron = ClusterCron.layer
}

const _stored = (options: ClusterSettings.Options) =>
  Layer.orDie(SqlRunnerStorage.layer).pipe(
    Layer.provide(ClusterPool.runners(options)),
    Layer.provide(ClusterSettings.layer(options))
  )

const _storages = {
  rows: _stored,
  advisory: (options: ClusterSettings.Options) =>
    PgRunnerStorage.layer(ClusterPool.locks(options)).pipe(Layer.provide(_stored(options)))
} as const

/** Whatever the transport, it offers and needs the same. */
type _Runner = Layer.Layer<
  Sharding.Sharding | Runners.Runners,
  SocketServer.SocketServerError | HttpServerError.ServeError,
  | RpcSerialization.RpcSerialization
  | ShardingConfig.ShardingConfig
  | MessageStorage.MessageStorage
  | RunnerStorage.RunnerStorage
  | RunnerHealth.RunnerHealth
  | StoredReplies
>

const _make = (address: string) =>
  Effect.gen(function* () {
    const sharding = yield* Sharding.Sharding
    const storage = yield* RunnerStorage.RunnerStorage
    const { leave } = yield* RunnerDeparture
    const ids = Array.from({ length: ClusterSettings.shards }, (_, index) => index + 1)
    const shards = Effect.sync(() => ids.filter((id) => sharding.hasShardId(ShardId.make("default", id))))

    return ClusterService.of({
      address,
      snowflake: sharding.getSnowflake,
      health: storage.getRunners.pipe(
        Effect.orDie,
        Effect.map((runners) =>
          runners.map(([runner, healthy]) => {
            const known = `${runner.address.host}:${runner.address.port}`
            return { address: known, healthy, self: known === address }
          })
        )
      ),
      shards,
      shardsOwned: Effect.map(shards, ({ length }) => length),
      entities: sharding.activeEntityCount,
      leave
    })
  })

export { ClusterService }
