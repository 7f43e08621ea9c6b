import { spawn } from "node:child_process"
import { once } from "node:events"
import { hostname } from "node:os"
import { Reactivity } from "@effect/experimental"
import { expect, layer } from "@effect/vitest"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { CronStore } from "@tessera/infra/cluster/cron-store"
import { LeaderStore } from "@tessera/infra/cluster/leader-store"
import { ClusterSelf } from "@tessera/infra/context/cluster-self"
import { HealthService } from "@tessera/infra/observe/health-service"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { Tenancy } from "@tessera/infra/tenancy"
import { TestDatabase } from "@tessera/infra/testing/test-database"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { CreateLeaders } from "../../migrations/create-leaders.ts"
import { CreateReplicas } from "../../migrations/create-replicas.ts"
import { ExtendReplicas } from "../../migrations/extend-replicas.ts"
import { Clusters } from "./clusters.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaReport } from "./replica-report.ts"
import { ReplicaSelf } from "./replica-self.ts"
import { ReplicaVitals } from "./replica-vitals.ts"
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

const firstHalf = Array.from({ length: 150 }, (_, index) => index + 1)
let owned: ReadonlyArray<number> = firstHalf

const cluster = Layer.succeed(
  ClusterService,
  ClusterService.of({
    address: "127.0.0.1:34431",
    snowflake: Effect.succeed(1n),
    shards: Effect.sync(() => owned),
    shardsOwned: Effect.sync(() => owned.length),
    entities: Effect.succeed(12),
    leave: Effect.void,
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
      connections: 4
    })
    yield* Effect.all([CreateReplicas, CreateLeaders, ExtendReplicas]).pipe(
      // The test's own database: what a whole migration would make first is not needed here.
      Effect.provide(Postgres.layer(pool("tessera_owner")))
    )
    return InfraSql.layer(pool("tessera_infra"))
  })
).pipe(Layer.provide(Layer.merge(TestDatabase.layer, Reactivity.layer)), Layer.orDie)

const self = (mayKill: boolean) => Layer.succeed(ReplicaSelf, { id: "replica-1", version: "1.2.3", mayKill })

const replicas = (mayKill: boolean) =>
  Replicas.layer.pipe(
    Layer.provide(self(mayKill)),
    Layer.provide(cluster),
    Layer.provideMerge(ReplicaRepo.layer)
  )

/** This replica, reporting itself while the layer lives. */
const reporting = ReplicaReport.pipe(
  Layer.provide(ReplicaVitals.layer),
  Layer.provide(Layer.merge(self(false), cluster)),
  Layer.provideMerge(HealthService.layer),
  Layer.provideMerge(replicas(false))
)

const neighbour = (pid: number, host = hostname()): ReplicaRepo.Beat => ({
  id: "replica-2",
  address: "127.0.0.1:34432",
  host,
  pid,
  version: "1.2.3",
  phase: "serving",
  shards: 2,
  shardIds: [299, 300],
  entities: 3,
  jobsRunning: 1,
  rssBytes: 5_000_000_000,
  heapBytes: 5,
  lagP50Millis: 0.1,
  lagP99Millis: 12.5,
  memoryTrend: [4, 5],
  lagTrend: [11.5, 12.5],
  startedAt: "2026-01-01T00:00:00.000Z"
})

const victim = Effect.acquireRelease(
  Effect.sync(() => spawn("sleep", ["60"])),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

/** The first answer that is as wanted, within ten seconds. */
const eventually = <A>(ask: Effect.Effect<A>, isWanted: (answer: A) => boolean) =>
  ask.pipe(
    Effect.repeat({ until: isWanted, schedule: Schedule.spaced("50 millis") }),
    Effect.zipRight(ask),
    Effect.timeout("10 seconds")
  )

layer(database, { timeout: "60 seconds", excludeTestServices: true })("Replicas", (it) => {
  it.scoped("shows this replica and its neighbours, and forgets one that left", () =>
    Effect.gen(function* () {
      const listed = yield* Effect.gen(function* () {
        const { fleet } = yield* Replicas
        const repo = yield* ReplicaRepo
        yield* repo.beat(neighbour(1))
        return yield* fleet
      }).pipe(Effect.provide(reporting))
      const sql = yield* InfraSql
      const rows = yield* sql`SELECT id FROM replicas`

      const [own, other] = listed.replicas
      expect(own).toMatchObject({
        id: "replica-1",
        address: "127.0.0.1:34431",
        version: "1.2.3",
        phase: "booting",
        reporting: true,
        healthy: true,
        shards: 150,
        shardIds: firstHalf,
        entities: 12,
        self: true
      })
      expect(own?.rssBytes).toBeGreaterThan(10_000_000)
      expect(own?.heapBytes).toBeGreaterThan(1_000_000)
      expect(own?.memoryTrend).toEqual([Math.round((own?.rssBytes ?? 0) / 1_000_000)])
      expect(own?.lagTrend).toEqual([own?.lagP99Millis])
      const { host: _host, pid: _pid, startedAt: _startedAt, ...reported } = neighbour(1)
      expect(other).toMatchObject({ ...reported, reporting: true, healthy: false, self: false })
      expect(other).not.toHaveProperty("pid")
      expect(rows).toEqual([{ id: "replica-2" }])
    })
  )

  it.scoped("reports a change of shards or phase at once, and grows the trends with each report", () =>
    Effect.gen(function* () {
      const { fleet } = yield* Replicas
      const health = yield* HealthService
      const own = Effect.map(fleet, ({ replicas: all }) => all.find(({ id }) => id === "replica-1"))
      const first = yield* own

      owned = [7, 8]
      yield* health.booted
      const moved = yield* eventually(own, (row) => row?.phase === "serving" && row.shards === 2)
      yield* health.drain
      const draining = yield* eventually(own, (row) => row?.phase === "draining")
      const later = yield* eventually(own, (row) => (row?.memoryTrend.length ?? 0) >= 2)

      expect(first).toMatchObject({ phase: "booting", shards: 150 })
      expect(moved?.shardIds).toEqual([7, 8])
      expect(draining?.shardIds).toEqual([7, 8])
      expect(later?.lagTrend.length).toBe(later?.memoryTrend.length)
      expect(later?.startedAt).toEqual(first?.startedAt)
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          owned = firstHalf
        })
      ),
      Effect.provide(reporting)
    )
  )

  it.scoped("calls a replica silent after five seconds, and still knows which shards it left behind", () =>
    Effect.gen(function* () {
      const { fleet } = yield* Replicas
      const repo = yield* ReplicaRepo
      const sql = yield* InfraSql
      yield* repo.beat(neighbour(1))
      const [before] = (yield* fleet).replicas
      yield* sql`UPDATE replicas SET seen_at = clock_timestamp() - interval '5 seconds'`
      const [after] = (yield* fleet).replicas

      expect(before).toMatchObject({ reporting: true, shards: 2 })
      expect(after).toMatchObject({ reporting: false, healthy: false, shards: 0, shardIds: [299, 300] })
    }).pipe(Effect.provide(replicas(false)))
  )

  it.scoped("takes a row of the version before, which knows none of the new columns", () =>
    Effect.gen(function* () {
      const { fleet } = yield* Replicas
      const sql = yield* InfraSql
      yield* sql`DELETE FROM replicas`
      yield* sql`INSERT INTO replicas (id, address, host, pid, shards, rss_bytes, started_at)
        VALUES ('old', 'h:1', 'h', 1, 100, 5, now())`
      const [row] = (yield* fleet).replicas
      yield* sql`DELETE FROM replicas`

      expect(row).toMatchObject({ id: "old", shards: 100, shardIds: [], phase: "serving", memoryTrend: [] })
    }).pipe(Effect.provide(replicas(false)))
  )

  it.scoped("shows who leads what with its last twenty ticks, and not why a run failed", () =>
    Effect.gen(function* () {
      const { now } = yield* Clusters
      const sql = yield* InfraSql
      yield* sql`INSERT INTO cluster_singletons (name, owner, fence, every_millis, started_at, last_run_at, failures)
        VALUES ('hourly', 'replica-1', 4, 3600000, now() - interval '1 day', now(), 0),
          ('sweep', 'replica-2', 2, 1000, now() - interval '1 day', now() - interval '1 minute', 3),
          ('young', 'replica-2', 1, 60000, now(), NULL, 0)`
      yield* sql`UPDATE cluster_singletons SET last_error = 'of acme' WHERE name = 'sweep'`
      yield* sql`INSERT INTO cron_ticks (name, scheduled_at, ran_on, outcome, fence, attempts, ended_at, error)
        SELECT 'hourly', date_trunc('hour', now()) - hour * interval '1 hour', 'replica-1', 'failed', 4, 1, now(),
          'of acme' FROM generate_series(0, 24) AS hour`
      const { leaders, seenBy } = yield* now

      expect(seenBy).toBe("replica-1")
      expect(leaders.map(({ kind, late, name, owner }) => [name, kind, owner, late])).toEqual([
        ["hourly", "cron", "replica-1", false],
        ["sweep", "singleton", "replica-2", true],
        ["young", null, "replica-2", false]
      ])
      const times = leaders[0]?.ticks.map(({ scheduledAt }) => scheduledAt.epochMillis) ?? []
      expect(times.length).toBe(20)
      expect(times).toEqual(times.toSorted((left, right) => right - left))
      expect(leaders[0]?.ticks[0]).toMatchObject({ outcome: "failed", ranOn: "replica-1", fence: 4 })
      expect(JSON.stringify(leaders)).not.toContain("acme")
    }).pipe(
      Effect.provide(
        Clusters.layer.pipe(
          Layer.provide(replicas(false)),
          Layer.provide(self(false)),
          Layer.provide(Layer.merge(LeaderStore.layer, CronStore.layer)),
          Layer.provide(Layer.succeed(ClusterSelf, { replica: "replica-1", address: "127.0.0.1:34431" }))
        )
      )
    )
  )

  it.scoped.each([
    ["kill", "SIGKILL"],
    ["drain", "SIGTERM"]
  ] as const)("%s ends a neighbour of this machine with %s, after it has answered", ([how, signal]) =>
    Effect.gen(function* () {
      const end = (yield* Replicas)[how]
      const repo = yield* ReplicaRepo
      const child = yield* victim
      const ended = once(child, "exit")
      yield* repo.beat(neighbour(child.pid ?? 0))

      yield* end("replica-2")

      expect(child.signalCode).toBeNull()
      expect(yield* Effect.promise(() => ended)).toEqual([null, signal])
    }).pipe(Effect.provide(replicas(true)), actor("admin"))
  )

  it.scoped.each(["kill", "drain"] as const)("%s ends nothing unknown, elsewhere or no longer there", (how) =>
    Effect.gen(function* () {
      const end = (yield* Replicas)[how]
      const repo = yield* ReplicaRepo
      const child = yield* victim
      const unknown = yield* Effect.flip(end("replica-9"))
      yield* repo.beat(neighbour(child.pid ?? 0, "another-machine"))
      const elsewhere = yield* Effect.flip(end("replica-2"))
      yield* repo.beat(neighbour(child.pid ?? 0))
      yield* Effect.flatMap(InfraSql, (sql) => sql`UPDATE replicas SET seen_at = now() - interval '1 minute'`)
      const stale = yield* Effect.flip(end("replica-2"))

      expect([unknown._tag, elsewhere._tag, stale._tag]).toEqual([
        "Replica.NotFound",
        "Replica.NotFound",
        "Replica.NotFound"
      ])
      // A signal would come 100 ms after the answer.
      yield* Effect.sleep("200 millis")
      expect(child.signalCode).toBeNull()
    }).pipe(Effect.provide(replicas(true)), actor("owner"))
  )

  it.effect.each(["kill", "drain"] as const)(
    "%s is refused outside the demo, and to who may not manage",
    (how) =>
      Effect.gen(function* () {
        const attempt = (mayKill: boolean, role: string) =>
          Effect.flatMap(Replicas, (use) => use[how]("replica-1")).pipe(
            Effect.flip,
            Effect.provide(replicas(mayKill)),
            actor(role)
          )
        const refused = yield* Effect.all([
          attempt(false, "owner"),
          attempt(true, "operator"),
          attempt(true, "viewer")
        ])

        expect(refused.map(({ _tag }) => _tag)).toEqual(["Access.Denied", "Access.Denied", "Access.Denied"])
      })
  )
})
