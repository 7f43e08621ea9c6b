import { spawn } from "node:child_process"
import { once } from "node:events"
import { hostname } from "node:os"
import { Reactivity } from "@effect/experimental"
import { expect, layer } from "@effect/vitest"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted } from "effect"
import { CreateReplicas } from "../../migrations/create-replicas.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaSelf } from "./replica-self.ts"
import { Replicas } from "./replicas.ts"

const actor = (role: string) =>
  Effect.provideService(
    Tenancy.Current,
    Tenancy.Actor.make({
      tenantId: Tenancy.Id.make("01890000-0000-7000-8000-00000000000a"),
      actorId: "u",
      role,
      requestId: "r"
    })
  )

const cluster = Layer.succeed(
  ClusterService,
  ClusterService.of({
    address: "127.0.0.1:34431",
    snowflake: Effect.succeed(1n),
    shardsOwned: Effect.succeed(100),
    health: Effect.succeed([
      { address: "127.0.0.1:34431", healthy: true, self: true },
      { address: "127.0.0.1:34432", healthy: false, self: false }
    ])
  })
)

const database = Layer.unwrapEffect(
  Effect.gen(function* () {
    const { url } = yield* TestDatabase
    const pool = (role: TestDatabase.Role) => ({
      url: Redacted.make(url(role)),
      name: "test",
      connections: 2
    })
    yield* CreateReplicas.pipe(
      // The test's own database: what a whole migration would make first is not needed here.
      Effect.provide(Postgres.layer(pool("tessera_owner")))
    )
    return InfraSql.layer(pool("tessera_infra"))
  })
).pipe(Layer.provide(Layer.merge(TestDatabase.layer, Reactivity.layer)), Layer.orDie)

const replicas = (mayKill: boolean) =>
  Replicas.layer.pipe(
    Layer.provide(Layer.succeed(ReplicaSelf, { id: "replica-1", mayKill })),
    Layer.provide(cluster),
    Layer.provideMerge(ReplicaRepo.layer)
  )

const neighbour = (pid: number, host = hostname()) => ({
  id: "replica-2",
  address: "127.0.0.1:34432",
  host,
  pid,
  shards: 7,
  rssBytes: 5,
  startedAt: "2026-01-01T00:00:00.000Z"
})

const victim = Effect.acquireRelease(
  Effect.sync(() => spawn("sleep", ["60"])),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

layer(database, { timeout: "60 seconds", excludeTestServices: true })("Replicas", (it) => {
  it.scoped("shows this replica and its neighbours, and forgets one that left", () =>
    Effect.gen(function* () {
      const listed = yield* Effect.gen(function* () {
        const { list } = yield* Replicas
        const repo = yield* ReplicaRepo
        yield* repo.beat(neighbour(1))
        return yield* list
      }).pipe(Effect.provide(replicas(false)))
      const sql = yield* InfraSql
      const rows = yield* sql`SELECT id FROM replicas`

      expect(listed).toMatchObject([
        { id: "replica-1", address: "127.0.0.1:34431", healthy: true, shards: 100, self: true },
        { id: "replica-2", address: "127.0.0.1:34432", healthy: false, shards: 7, self: false }
      ])
      expect(listed[0]?.rssBytes).toBeGreaterThan(10_000_000)
      expect(rows).toEqual([{ id: "replica-2" }])
    })
  )

  it.scoped("kills a neighbour of this machine after it has answered", () =>
    Effect.gen(function* () {
      const { kill } = yield* Replicas
      const repo = yield* ReplicaRepo
      const child = yield* victim
      const ended = once(child, "exit")
      yield* repo.beat(neighbour(child.pid ?? 0))

      yield* kill("replica-2")

      expect(child.signalCode).toBeNull()
      expect(yield* Effect.promise(() => ended)).toEqual([null, "SIGKILL"])
    }).pipe(Effect.provide(replicas(true)), actor("admin"))
  )

  it.scoped("kills nothing that is unknown, elsewhere or no longer there", () =>
    Effect.gen(function* () {
      const { kill } = yield* Replicas
      const repo = yield* ReplicaRepo
      const child = yield* victim
      const unknown = yield* Effect.flip(kill("replica-9"))
      yield* repo.beat(neighbour(child.pid ?? 0, "another-machine"))
      const elsewhere = yield* Effect.flip(kill("replica-2"))
      yield* repo.beat(neighbour(child.pid ?? 0))
      yield* Effect.flatMap(InfraSql, (sql) => sql`UPDATE replicas SET seen_at = now() - interval '1 minute'`)
      const stale = yield* Effect.flip(kill("replica-2"))

      expect([unknown._tag, elsewhere._tag, stale._tag]).toEqual([
        "Replica.NotFound",
        "Replica.NotFound",
        "Replica.NotFound"
      ])
      yield* Effect.sleep("200 millis")
      expect(child.signalCode).toBeNull()
    }).pipe(Effect.provide(replicas(true)), actor("owner"))
  )

  it.effect("kills nothing outside the demo, nor for somebody who may not manage", () =>
    Effect.gen(function* () {
      const outside = yield* Effect.flatMap(Replicas, ({ kill }) => kill("replica-1")).pipe(
        Effect.flip,
        Effect.provide(replicas(false)),
        actor("owner")
      )
      const operator = yield* Effect.flatMap(Replicas, ({ kill }) => kill("replica-1")).pipe(
        Effect.flip,
        Effect.provide(replicas(true)),
        actor("operator")
      )

      expect([outside._tag, operator._tag]).toEqual(["Access.Denied", "Access.Denied"])
    })
  )
})
