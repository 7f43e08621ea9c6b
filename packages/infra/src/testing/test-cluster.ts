import { createServer } from "node:net"
import { ShardingConfig, SqlMessageStorage } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Redacted } from "effect"
import { ActorMessage } from "../cluster/actor-message.ts"
import { ClusterService } from "../cluster/cluster-service.ts"
import { ClusterTables } from "../cluster/cluster-tables.ts"
import { EventBus } from "../events/event-bus.ts"
import { JobService } from "../jobs/job-service.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Presence } from "../realtime/presence.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { EventTables } from "../tenancy/event-tables.ts"
import { InfraTables } from "../tenancy/infra-tables.ts"
import { JobIndexes } from "../tenancy/job-indexes.ts"
import { OriginColumns } from "../tenancy/origin-columns.ts"
import { JournalEngine } from "../workflows/journal-engine.ts"
import { JournalTables } from "../workflows/journal-tables.ts"
import { SagaTimeline } from "../workflows/saga-timeline.ts"
import { TestDatabase } from "./test-database.ts"

const _freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const _tables = Layer.effectDiscard(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* InfraTables.create
    yield* OriginColumns.add
    yield* JobIndexes.tune
    yield* EventTables.extend
    yield* ClusterTables.create
    yield* sql`CREATE TABLE notes (tenant_id uuid NOT NULL, note text NOT NULL)`
    yield* sql`GRANT SELECT, INSERT ON notes TO tessera_app`
  })
).pipe(Layer.provide(TestDatabase.as("tessera_owner")), Layer.orDie)

const _infraSql = Layer.unwrapEffect(
  Effect.map(TestDatabase, ({ url }) =>
    InfraSql.layer({ url: Redacted.make(url("tessera_infra")), name: "test-infra", connections: 5 })
  )
).pipe(Layer.orDie)

/** As a migration leaves them: the storages' tables, tuned. */
const _clusterTables = Layer.effectDiscard(Effect.zipRight(ClusterTables.tune, JournalTables.create)).pipe(
  // Fresh, or a cluster with the stock storage would share it, and with it this pool.
  Layer.provide(Layer.fresh(SqlMessageStorage.layer)),
  Layer.provide(ShardingConfig.layer()),
  Layer.provide(TestDatabase.as("tessera_infra")),
  Layer.orDie
)

const _cluster = (options: TestCluster.Options) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { url } = yield* TestDatabase
      const port = yield* _freePort
      const runner: ClusterService.Options = {
        replica: "test",
        host: "127.0.0.1",
        listenHost: "127.0.0.1",
        port,
        listenPort: port,
        transport: "socket",
        health: "ping",
        locks: "advisory",
        journal: "on",
        messages: "batched",
        ...options,
        url: Redacted.make(url("tessera_infra"))
      }
      return JournalEngine.layer(runner).pipe(Layer.provideMerge(ClusterService.layer(runner)))
    })
  ).pipe(Layer.orDie, Layer.provide(_clusterTables))

declare namespace TestCluster {
  type Options = Partial<Pick<ClusterService.Options, "messages" | "messagePoll" | "journal" | "runPatience">>
}

const _database = _tables.pipe(Layer.provideMerge(TestDatabase.layer))

const _on = (options: TestCluster.Options) =>
  Layer.mergeAll(
    EventBus.layer,
    JobService.layer,
    Presence.layer,
    SagaTimeline.layer({ replica: "test" })
  ).pipe(
    Layer.provideMerge(Lanes.layer),
    Layer.provideMerge(Database.layer),
    Layer.provideMerge(_cluster(options)),
    Layer.provideMerge(ActorMessage.layer),
    Layer.provideMerge(_infraSql),
    Layer.provideMerge(TestDatabase.as("tessera_app"))
  )

const _layer = (options: TestCluster.Options) => _on(options).pipe(Layer.provideMerge(_database))

/**
 * The whole of this package in one process on a database of its own: real storages, real sockets, one runner.
 * What must hold when replicas die is shown by the cluster tests of the app, with three processes.
 */
const TestCluster = {
  layer: _layer({}),
  /** With other settings; a cluster of its own at each call. */
  layerWith: _layer,
  /** For clusters one after the other on one database: its tables, and a cluster on it. */
  database: _database,
  on: _on
} as const

export { TestCluster }
