import { SqlClient, SqlSchema } from "@effect/sql"
import { InfraSql } from "@tessera/infra/storage/infra-sql"
import { Tenancy } from "@tessera/infra/tenancy"
import { Database } from "@tessera/infra/tenancy/database"
import { Array as Arr, Context, Effect, Layer, Schema } from "effect"
import { type DemoHistory } from "./demo-history.ts"

const _Endpoint = Schema.Struct({
  tenantId: Schema.String,
  id: Schema.String,
  url: Schema.String,
  description: Schema.String,
  types: Schema.Array(Schema.String),
  /** Stays what it was when the endpoint is there already. */
  secret: Schema.String
})

declare namespace DemoRepo {
  type Tenant = {
    readonly id: string
    readonly slug: string
    readonly name: string
    readonly currency: string
  }
  type Member = {
    readonly tenantId: string
    readonly id: string
    readonly email: string
    readonly name: string
    readonly role: string
    readonly passwordHash: string
  }
  type ApiKey = {
    readonly tenantId: string
    readonly id: string
    readonly name: string
    readonly prefix: string
    readonly keyHash: string
    readonly role: string
  }
  type Shape = {
    readonly addTenant: (tenant: DemoRepo.Tenant) => Effect.Effect<void>
    /** Replaces the secrets of the accounts of the demo; all other accounts stay as they are. */
    readonly writeAccounts: (
      members: ReadonlyArray<DemoRepo.Member>,
      apiKey: DemoRepo.ApiKey
    ) => Effect.Effect<void>
    readonly hasAccounts: (tenantId: string) => Effect.Effect<boolean>
    readonly hasOrders: Effect.Effect<boolean, never, Tenancy.Current>
    /** What somebody has changed since stays so. */
    readonly addSettings: (approvalThresholdMinor: number) => Effect.Effect<void, never, Tenancy.Current>
    readonly addHistory: (tables: DemoHistory.Tables) => Effect.Effect<void, never, Tenancy.Current>
    /** Gives the secret back; the URL follows the receiver, whose port may be another one at every start. */
    readonly keepEndpoint: (endpoint: typeof _Endpoint.Type) => Effect.Effect<string>
  }
}

/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const _chunk = 1000

/**
 * Writes the demo as the two roles that the product itself runs as: accounts across tenants, business data
 * inside.
 */
class DemoRepo extends Context.Tag("api/seed/DemoRepo")<DemoRepo, DemoRepo.Shape>() {
  static readonly layer = Layer.effect(
    DemoRepo,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const infra = yield* InfraSql
      const database = yield* Database

      const upsertEndpoint = SqlSchema.single({
        Request: _Endpoint,
        Result: Schema.Struct({ secret: Schema.String }),
        execute: ({ tenantId, id, url, description, types, secret }) => infra`
          INSERT INTO webhook_endpoints AS e (tenant_id, id, url, description, types, secret)
          VALUES (${tenantId}, ${id}, ${url}, ${description}, ${types}::text[], ${secret})
          ON CONFLICT (tenant_id, id) DO UPDATE SET url = excluded.url
          RETURNING secret`
      })

      const addTenant = (tenant: DemoRepo.Tenant) => infra`
        INSERT INTO tenants ${infra.insert(tenant)} ON CONFLICT DO NOTHING`

      const writeAccounts = (members: ReadonlyArray<DemoRepo.Member>, apiKey: DemoRepo.ApiKey) =>
        Effect.all(
          [
            infra`INSERT INTO members ${infra.insert(members)}
              ON CONFLICT (tenant_id, email) DO UPDATE SET password_hash = excluded.password_hash`,
            infra`INSERT INTO api_keys ${infra.insert(apiKey)}
              ON CONFLICT (tenant_id, id) DO UPDATE SET key_hash = excluded.key_hash,
                prefix = excluded.prefix`
          ],
          { discard: true }
        ).pipe(infra.withTransaction)

      const addHistory = (tables: DemoHistory.Tables) =>
        Effect.forEach(
          tables.flatMap(([table, rows]) => Arr.chunksOf(rows, _chunk).map((part) => [table, part] as const)),
          ([table, rows]) => sql`INSERT INTO ${sql(table)} ${sql.insert(rows)}`,
          { discard: true }
        )

      const addSettings = (approvalThresholdMinor: number) =>
        Effect.flatMap(
          Tenancy.Current,
          ({ tenantId }) => sql`
            INSERT INTO order_settings ${sql.insert({ tenantId, approvalThresholdMinor })}
            ON CONFLICT DO NOTHING`
        )

      return DemoRepo.of({
        addTenant: (tenant) => Effect.asVoid(Effect.orDie(addTenant(tenant))),
        writeAccounts: (members, apiKey) => Effect.orDie(writeAccounts(members, apiKey)),
        hasAccounts: (tenantId) =>
          infra`SELECT 1 FROM members WHERE tenant_id = ${tenantId} LIMIT 1`.pipe(
            Effect.orDie,
            Effect.map(Arr.isNonEmptyReadonlyArray)
          ),
        hasOrders: sql`SELECT 1 FROM order_numbers LIMIT 1`.pipe(
          Effect.orDie,
          Effect.map(Arr.isNonEmptyReadonlyArray),
          database.transaction
        ),
        addSettings: (threshold) =>
          addSettings(threshold).pipe(Effect.orDie, Effect.asVoid, database.transaction),
        addHistory: (tables) => database.transaction(Effect.orDie(addHistory(tables))),
        keepEndpoint: (endpoint) =>
          upsertEndpoint(endpoint).pipe(
            Effect.orDie,
            Effect.map(({ secret }) => secret)
          )
      })
    })
  )
}

export { DemoRepo }
