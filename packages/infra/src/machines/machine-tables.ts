import { SqlClient } from "@effect/sql"
import { Effect } from "effect"
import { TenantTable } from "../tenancy/tenant-table.ts"

/**
 * One table for the histories of all machines; an app's migration runs it. Nobody who serves may change or
 * remove what it says.
 */
const MachineTables = {
  create: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE state_history (
      tenant_id  uuid NOT NULL,
      machine    text NOT NULL,
      key        text NOT NULL,
      version    int NOT NULL CHECK (version > 0),
      event      text NOT NULL,
      from_state text CHECK ((from_state IS NULL) = (event = 'born')),
      to_state   text NOT NULL,
      reason     text,
      replica    text NOT NULL,
      request_id text NOT NULL,
      trace_id   text,
      at         timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (tenant_id, machine, key, version)
    )`
    yield* TenantTable.protect("state_history", { infra: false })
    yield* sql`REVOKE UPDATE, DELETE ON state_history FROM tessera_app`
  })
} as const

export { MachineTables }
