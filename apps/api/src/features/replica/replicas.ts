import { hostname } from "node:os"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { Access } from "@tessera/shared/access/access"
import { Replica } from "@tessera/shared/replica/replica"
import { Array as Arr, Context, DateTime, Duration, Effect, Layer, Option } from "effect"
import { Policy } from "../../access/policy.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaSelf } from "./replica-self.ts"

declare namespace Replicas {
  type Fleet = {
    /** By the clock of the database. */
    readonly at: DateTime.Utc
    readonly replicas: ReadonlyArray<Replica.Model>
  }
  type End = (id: string) => Effect.Effect<void, Replica.NotFound | Access.Denied, Tenancy.Current>
  type Shape = {
    readonly fleet: Effect.Effect<Replicas.Fleet>
    /**
     * SIGKILL, 100 ms after the answer so that it can leave. Reaches the replicas of this machine: to a
     * process elsewhere a pid means nothing, so it counts as not found.
     */
    readonly kill: Replicas.End
    /** SIGTERM, otherwise like `kill`: the replica hands its work over before it ends. */
    readonly drain: Replicas.End
  }
}

const _answerFirst = Duration.millis(100)

const _endings = {
  kill: { signal: "SIGKILL", says: "is killed on request" },
  drain: { signal: "SIGTERM", says: "is told to leave on request" }
} as const

/** The fleet: every replica reports itself (`ReplicaReport`), any of them can answer for all. */
class Replicas extends Context.Tag("api/replica/Replicas")<Replicas, Replicas.Shape>() {
  static readonly layer = Layer.effect(
    Replicas,
    Effect.gen(function* () {
      const repo = yield* ReplicaRepo
      const cluster = yield* ClusterService
      const self = yield* ReplicaSelf
      const host = hostname()

      const fleet = Effect.gen(function* () {
        const rows = yield* repo.all
        const runners = yield* cluster.health
        const isUp = ({ address }: ReplicaRepo.Row) =>
          runners.some((runner) => runner.healthy && runner.address === address)
        return {
          at: yield* Option.match(Arr.head(rows), {
            onNone: () => DateTime.now,
            onSome: ({ readAt }) => Effect.succeed(readAt)
          }),
          replicas: rows.map((row) =>
            Replica.Model.make({
              ...row,
              reporting: row.fresh,
              healthy: row.fresh && isUp(row),
              shards: row.fresh ? row.shards : 0,
              self: row.id === self.id
            })
          )
        }
      }).pipe(Effect.withSpan("Replicas.fleet"))

      const end = Effect.fn("Replicas.end")(function* (id: string, how: keyof typeof _endings) {
        const { says, signal } = _endings[how]
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
        yield* Effect.logWarning(`replica ${id} ${says}`)
        yield* Effect.sync(() => process.kill(pid, signal)).pipe(
          Effect.delay(_answerFirst),
          Effect.catchAllCause((cause) => Effect.logWarning(`replica ${id} got no ${signal}`, cause)),
          Effect.forkDaemon
        )
      })

      return Replicas.of({ fleet, kill: (id) => end(id, "kill"), drain: (id) => end(id, "drain") })
    })
  )
}

export { Replicas }
