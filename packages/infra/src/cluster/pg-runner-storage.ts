import { type RunnerAddress, RunnerStorage, type ShardId, ClusterError as Stock } from "@effect/cluster"
import { Duration, Effect, Exit, Layer } from "effect"
import { Batcher } from "../storage/batcher.ts"
import { LockSession } from "./lock-session.ts"

/** As the stock storage numbers the locks of the group `default`, so that both exclude each other. */
const _base = 1_000_000
const _lockOf = ({ id }: ShardId.ShardId): number => _base + id

/** All shards of a cluster fit into one statement. */
const _batch = { name: "lock-releases", maxSize: 300, inFlight: 1 } as const

/** Looks for locks that their former owner is about to release, and the time between two of them. */
const _looks = 8
const _interval = Duration.millis(100)

const _heartbeat = "UPDATE cluster_runners SET last_heartbeat = now() WHERE address = $1"
const _text = ({ host, port }: RunnerAddress.RunnerAddress) => `${host}:${port}`

type _Acquired = Effect.Effect<ReadonlySet<number>, LockSession.Lost>

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
  const acquire = (ids: ReadonlyArray<number>, looks: number, before: number): _Acquired =>
    Effect.flatMap(locks.acquire(ids), (held) => {
      const count = ids.filter((id) => held.has(id)).length
      const isSettled = count === ids.length || looks === 0 || (count > 0 && count === before)
      return isSettled ? Effect.succeed(held) : Effect.delay(acquire(ids, looks - 1, count), _interval)
    })
  const held = (shards: Iterable<ShardId.ShardId>, ids: ReadonlySet<number>) =>
    [...shards].filter((shard) => ids.has(_lockOf(shard)))

  return RunnerStorage.RunnerStorage.of({
    ...stock,
    acquire: (_address, shards) => {
      const ids = [...shards].map(_lockOf)
      return Stock.PersistenceError.refail(Effect.map(acquire(ids, _looks, 0), (had) => held(shards, had)))
    },
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
 * And whoever takes over waits a moment for locks that are about to be released: sharding itself asks again
 * only after a whole second, also for the few that were late.
 */
const PgRunnerStorage = {
  layer: (options: LockSession.Options) =>
    Layer.scoped(RunnerStorage.RunnerStorage, _make).pipe(Layer.provide(LockSession.layer(options)))
} as const

export { PgRunnerStorage }
