import { type RunnerAddress, RunnerStorage, type ShardId, ClusterError as Stock } from "@effect/cluster"
import { Effect, Exit, Layer } from "effect"
import { Batcher } from "../storage/batcher.ts"
import { LockSession } from "./lock-session.ts"

/** As the stock storage numbers the locks of the group `default`, so that both exclude each other. */
const _base = 1_000_000
const _lockOf = ({ id }: ShardId.ShardId): number => _base + id

/** All shards of a cluster fit into one statement. */
const _batch = { name: "lock-releases", maxSize: 300, inFlight: 1 } as const

const _heartbeat = "UPDATE cluster_runners SET last_heartbeat = now() WHERE address = $1"
const _text = ({ host, port }: RunnerAddress.RunnerAddress) => `${host}:${port}`

const _make = Effect.gen(function* () {
  const stock = yield* RunnerStorage.RunnerStorage
  const locks = yield* LockSession
  const release = yield* Batcher.make<number, void, LockSession.Lost>(
    (rows) =>
      Effect.as(
        locks.release(rows),
        rows.map(() => Exit.void)
      ),
    _batch
  )
  const held = (shards: Iterable<ShardId.ShardId>, ids: ReadonlySet<number>) =>
    [...shards].filter((shard) => ids.has(_lockOf(shard)))

  return RunnerStorage.RunnerStorage.of({
    ...stock,
    acquire: (_address, shards) =>
      Stock.PersistenceError.refail(
        Effect.map(locks.acquire([...shards].map(_lockOf)), (ids) => held(shards, ids))
      ),
    refresh: (address, shards) =>
      Stock.PersistenceError.refail(
        Effect.map(locks.refresh(_heartbeat, [_text(address)]), (ids) => held(shards, ids))
      ),
    release: (_address, shard) => Stock.PersistenceError.refail(release(_lockOf(shard))),
    releaseAll: () => Stock.PersistenceError.refail(locks.releaseAll)
  })
})

/**
 * Runners as the stock storage keeps them, and shard locks on a session of their own. The stock storage
 * releases a shard with two statements and asks for all its locks at every refresh, on one connection: when
 * a replica joined under load, the refresh stood behind a hundred releases, took longer than it may, and the
 * replica gave up all its shards. Here any number of shards is one statement, and a refresh is the heartbeat.
 */
const PgRunnerStorage = {
  layer: (options: LockSession.Options) =>
    Layer.scoped(RunnerStorage.RunnerStorage, _make).pipe(Layer.provide(LockSession.layer(options)))
} as const

export { PgRunnerStorage }
