import { NodeRuntime } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { Postgres } from "@tessera/infra/storage/postgres"
import { DatabaseRoles } from "@tessera/infra/tenancy/database-roles"
import { Config, Effect, Redacted } from "effect"
import { Migrate } from "./migrate/migrate.ts"

/** Runs before any replica boots: roles and schemas as a superuser, then tables as their owners. */
const migrate = Effect.gen(function* () {
  const admin = yield* Config.redacted("DATABASE_URL")
  const owner = yield* Config.redacted("DATABASE_OWNER_PASSWORD")
  const app = yield* Config.redacted("DATABASE_APP_PASSWORD")
  const infra = yield* Config.redacted("DATABASE_INFRA_PASSWORD")

  yield* Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(Effect.zipRight(DatabaseRoles.ensure({ owner, app, infra }), DatabaseRoles.schemas))
  ).pipe(Effect.provide(Postgres.layer({ url: admin, name: "migrate", connections: 1 })))

  yield* Migrate.run({
    owner: as(admin, DatabaseRoles.names.owner, owner),
    infra: as(admin, DatabaseRoles.names.infra, infra)
  })
  yield* Effect.logInfo("the database is migrated")
})

const as = (base: Redacted.Redacted, role: string, password: Redacted.Redacted): Redacted.Redacted => {
  const url = new URL(Redacted.value(base))
  url.username = role
  url.password = encodeURIComponent(Redacted.value(password))
  return Redacted.make(url.toString())
}

NodeRuntime.runMain(migrate)
