import { createServer } from "node:net"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Redacted } from "effect"
import { ClusterService } from "../cluster/cluster-service.ts"
import { EventBus } from "../events/event-bus.ts"
import { JobService } from "../jobs/job-service.ts"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { InfraTables } from "../tenancy/infra-tables.ts"
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
    yield* sql`CREATE TABLE notes (tenant_id uuid NOT NULL, note text NOT NULL)`
    yield* sql`GRANT SELECT, INSERT ON notes TO tessera_app`
  })
).pipe(Layer.provide(TestDatabase.as("tessera_owner")), Layer.orDie)

const _infraSql = Layer.unwrapEffect(
  Effect.map(TestDatabase, ({ url }) =>
    InfraSql.layer({ url: Redacted.make(url("tessera_infra")), name: "test-infra", connections: 5 })
  )
).pipe(Layer.orDie)

const _cluster = Layer.unwrapEffect(
  Effect.gen(function* () {
    const { url } = yield* TestDatabase
    const port = yield* _freePort
    return ClusterService.layer({
      host: "127.0.0.1",
      listenHost: "127.0.0.1",
      port,
      url: Redacted.make(url("tessera_infra"))
    })
  })
).pipe(Layer.orDie)

/**
 * The whole of this package in one process on a database of its own: real storages, real sockets, one runner.
 * What must hold when replicas die is shown by the cluster tests of the app, with three processes.
 */
const TestCluster = {
  layer: Layer.mergeAll(EventBus.layer, JobService.layer, SagaTimeline.layer({ replica: "test" })).pipe(
    Layer.provideMerge(Lanes.layer),
    Layer.provideMerge(Database.layer),
    Layer.provideMerge(_cluster),
    Layer.provideMerge(_infraSql),
    Layer.provideMerge(TestDatabase.as("tessera_app")),
    Layer.provideMerge(_tables),
    Layer.provideMerge(TestDatabase.layer)
  )
} as const

export { TestCluster }
