import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * One index under claims, sweeps and counts of `jobs`, in the order of lanes. Unfinished rows are those with
 * a time (`next_due`), also for the unique key: a predicate on `status` would make each claim write anew to
 * every index of the table.
 */
const JobIndexes = {
  tune: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE INDEX jobs_waiting ON jobs (partition, lane, next_due, id) WHERE next_due IS NOT NULL`
    yield* sql`DROP INDEX jobs_due, jobs_lane, jobs_dedupe`
    yield* sql`CREATE UNIQUE INDEX jobs_dedupe ON jobs (tenant_id, name, dedupe_key)
      WHERE dedupe_key IS NOT NULL AND next_due IS NOT NULL`
    yield* sql`ALTER TABLE jobs SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05,
      autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05)`
  }),
  /**
   * Under what a tenant counts: its unfinished jobs, and its dead ones among those that ended with an error.
   * No predicate is on `status`, for the reason above.
   */
  perTenant: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE INDEX jobs_unfinished ON jobs (tenant_id) WHERE next_due IS NOT NULL`
    yield* sql`CREATE INDEX jobs_ended_badly ON jobs (tenant_id)
      WHERE next_due IS NULL AND last_error IS NOT NULL`
  })
} as const

export { JobIndexes }
