import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * Where work remembers the request that caused it, so that it runs as its submitter and in that one's trace.
 * Nullable: rows of older versions have none, and run without.
 */
const OriginColumns = {
  add: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`ALTER TABLE jobs ADD COLUMN traceparent text`
    yield* sql`ALTER TABLE events ADD COLUMN actor jsonb, ADD COLUMN traceparent text`
    yield* sql`ALTER TABLE saga_steps ADD COLUMN request_id text, ADD COLUMN trace_id text`
    yield* sql`ALTER TABLE webhook_deliveries ADD COLUMN request_id text, ADD COLUMN traceparent text`
    yield* sql`ALTER TABLE webhook_attempts ADD COLUMN trace_id text`
  })
} as const

export { OriginColumns }
