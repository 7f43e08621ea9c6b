import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * 0009. What the cluster page shows of a replica. Every column has a default, because replicas of the version
 * before go on writing their rows while this one is rolled out.
 */
const ExtendReplicas = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE replicas
    ADD COLUMN version        text NOT NULL DEFAULT '',
    ADD COLUMN phase          text NOT NULL DEFAULT 'serving'
      CHECK (phase IN ('booting', 'serving', 'draining')),
    ADD COLUMN shard_ids      int[] NOT NULL DEFAULT '{}',
    ADD COLUMN entities       int NOT NULL DEFAULT 0,
    ADD COLUMN jobs_running   int NOT NULL DEFAULT 0,
    ADD COLUMN heap_bytes     bigint NOT NULL DEFAULT 0,
    ADD COLUMN lag_p50_millis real NOT NULL DEFAULT 0,
    ADD COLUMN lag_p99_millis real NOT NULL DEFAULT 0,
    ADD COLUMN memory_trend   int[] NOT NULL DEFAULT '{}',
    ADD COLUMN lag_trend      real[] NOT NULL DEFAULT '{}'`
})

export { ExtendReplicas }
