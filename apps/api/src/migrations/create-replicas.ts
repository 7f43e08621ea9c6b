import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * 0006. One row a replica, which it renews every 2 s; no tenant's data, so only `tessera_infra` may see it.
 */
const CreateReplicas = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE replicas (
    id         text PRIMARY KEY,
    address    text NOT NULL,
    host       text NOT NULL,
    pid        int NOT NULL,
    shards     int NOT NULL,
    rss_bytes  bigint NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
  )`
  yield* sql`GRANT SELECT, INSERT, UPDATE, DELETE ON replicas TO tessera_infra`
})

export { CreateReplicas }
