import { SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * Row-level security of one tenant table, forced, with both `USING` and `WITH CHECK`; to be called by the
 * migration that creates the table. `infra: true` lets `tessera_infra` see across tenants, for the listed
 * mechanisms only.
 */
const TenantTable = {
  protect: (table: string, options: { readonly infra: boolean; readonly key?: string }) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = sql(table)
      const tenant = sql(options.key ?? "tenant_id")
      const policy = sql(`${table}_tenant`)
      yield* sql`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`
      yield* sql`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`
      yield* sql`CREATE POLICY ${policy} ON ${name} TO tessera_app
        USING (${tenant} = nullif(current_setting('app.tenant', true), '')::uuid)
        WITH CHECK (${tenant} = nullif(current_setting('app.tenant', true), '')::uuid)`
      yield* sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO tessera_app`
      yield* Effect.when(_openToInfra(table), () => options.infra)
    })
} as const

const _openToInfra = (table: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const name = sql(table)
    yield* sql`CREATE POLICY ${sql(`${table}_infra`)} ON ${name} TO tessera_infra
      USING (true) WITH CHECK (true)`
    yield* sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO tessera_infra`
  })

export { TenantTable }
