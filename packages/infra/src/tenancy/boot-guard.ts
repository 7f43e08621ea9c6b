import { SqlClient } from "@effect/sql"
import { Data, Effect, Layer } from "effect"

class _Unsafe extends Data.TaggedError("BootGuard.Unsafe")<{ readonly findings: ReadonlyArray<string> }> {
  /** What a log shows of it. */
  override get message() {
    return this.findings.join("; ")
  }
}

/** Tables that `tessera_infra` may see across tenants; a permissive policy anywhere else stops the boot. */
const _openToInfra = [
  "api_keys",
  "event_cursors",
  "event_dead_letters",
  "event_heads",
  "event_replays",
  "events",
  "jobs",
  "members",
  "sessions",
  "tenants",
  "webhook_attempts",
  "webhook_deliveries",
  "webhook_endpoints"
]

const _find = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly finding: string }>`
    SELECT 'role ' || rolname || ' can bypass row-level security' AS finding
      FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
    UNION ALL
    SELECT 'role ' || current_user || ' owns table ' || relname
      FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE n.nspname = 'app' AND relkind IN ('r', 'p') AND pg_get_userbyid(relowner) = current_user
    UNION ALL
    SELECT 'table ' || c.relname || ' lacks forced row-level security'
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      WHERE n.nspname = 'app' AND c.relkind IN ('r', 'p')
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    UNION ALL
    SELECT 'policy ' || policyname || ' on ' || tablename || ' is open'
      FROM pg_policies
      WHERE schemaname = 'app'
        AND (qual IS NULL OR with_check IS NULL
          OR qual NOT LIKE '%app.tenant%' OR with_check NOT LIKE '%app.tenant%')
        AND NOT (roles = '{tessera_infra}' AND ${sql.in("tablename", _openToInfra)})`
  yield* Effect.when(
    Effect.fail(new _Unsafe({ findings: rows.map(({ finding }) => finding) })),
    () => rows.length > 0
  )
})

/**
 * Refuses to start on a database whose rules would let one tenant see another; looks as the role that will
 * serve.
 */
const BootGuard = { Unsafe: _Unsafe, check: _find, layer: Layer.effectDiscard(_find) } as const

export { BootGuard }
