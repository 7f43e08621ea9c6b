import { hostname } from "node:os"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Replica } from "@tessera/shared/replica/replica"
import { Array as Arr, Context, DateTime, Duration, Effect, Layer, Schedule } from "effect"
import { Policy } from "../../access/policy.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaSelf } from "./replica-self.ts"

declare namespace Replicas {
  type Shape = {
    readonly list: Effect.Effect<ReadonlyArray<Replica.Model>>
    /**
     * SIGKILL, 100 ms after the answer so that it can leave. Reaches the replicas of this machine: to a
     * process elsewhere a pid means nothing, so it counts as not found.
     */
    readonly kill: (id: string) => Effect.Effect<void, Replica.NotFound | Access.Denied, Tenancy.Current>
  }
}

const _beatInterval = Duration.seconds(2)
const _answerFirst = Duration.millis(100)

/** The fleet: every replica reports itself, any of them can answer for all. */
class Replicas extends Context.Tag("api/replica/Replicas")<Replicas, Replicas.Shape>() {
  static readonly layer = Layer.scoped(
    Replicas,
    Effect.gen(function* () {
      const repo = yield* ReplicaRepo
      const cluster = yield* ClusterService
      const self = yield* ReplicaSelf
      const startedAt = DateTime.formatIso(yield* DateTime.now)
      const host = hostname()

      const beat = Effect.gen(function* () {
        const shards = yield* cluster.shardsOwned
        const { rss: rssBytes } = yield* Effect.sync(() => process.memoryUsage())
        const { address } = cluster
        yield* repo.beat({ id: self.id, address, host, pid: process.pid, shards, rssBytes, startedAt })
      }).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("the heartbeat of this replica failed", cause))
      )

      // Before the first beat, so that the finalizer runs after the beats have ended.
      yield* Effect.addFinalizer(() => Effect.ignore(Effect.sandbox(repo.leave(self.id))))
      yield* beat
      yield* Effect.forkScoped(Effect.repeat(beat, Schedule.spaced(_beatInterval)))

      const list = Effect.gen(function* () {
        const rows = yield* repo.all
        const runners = yield* cluster.health
        return rows.map((row) =>
          Replica.Model.make({
            id: row.id,
            address: row.address,
            healthy: row.fresh && runners.some(({ address, healthy }) => healthy && address === row.address),
            shards: row.fresh ? row.shards : 0,
            startedAt: row.startedAt,
            rssBytes: row.rssBytes,
            self: row.id === self.id
          })
        )
      }).pipe(Effect.withSpan("Replicas.list"))

      const kill = Effect.fn("Replicas.kill")(function* (id: string) {
        yield* Policy.require("manage")
        yield* Effect.succeed(self.mayKill).pipe(
          Effect.filterOrFail(
            (mayKill) => mayKill,
            () => Access.Denied.make({ action: "manage" })
          )
        )
        // A stale row's pid may have become another process.
        const { pid } = yield* Arr.findFirst(
          yield* repo.all,
          (row) => row.id === id && row.host === host && row.fresh
        ).pipe(Effect.mapError(() => Replica.NotFound.make({ id })))
        yield* Effect.logWarning(`replica ${id} is killed on request`)
        yield* Effect.sync(() => process.kill(pid, "SIGKILL")).pipe(
          Effect.delay(_answerFirst),
          Effect.catchAllCause((cause) => Effect.logWarning(`replica ${id} could not be killed`, cause)),
          Effect.forkDaemon
        )
      })

      return Replicas.of({ list, kill })
    })
  )
}

export { Replicas }
