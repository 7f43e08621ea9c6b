import { Reactivity } from "@effect/experimental"
import { SqlClient } from "@effect/sql"
import { type PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Redacted } from "effect"
import { inject } from "vitest"
import { Identifier } from "../context/identifier.ts"
import { Postgres } from "../storage/postgres.ts"
import { DatabaseRoles } from "../tenancy/database-roles.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's; only to create a database: what is tested logs in as the role that it tests. */
    postgresUrl: string
  }
}

declare namespace TestDatabase {
  type Role = "tessera_owner" | "tessera_app" | "tessera_infra"
  type Shape = {
    /** For what only a superuser may: migrations that create roles, and looking behind the policies. */
    readonly superuserUrl: string
    readonly url: (role: Role) => string
  }
}

const _connections = 5

/**
 * A database of this layer alone on the run's PostgreSQL, with schemas and roles but no table, dropped when
 * the layer closes. The roles log in with the password `test`. For the projects `integration` and `cluster`.
 */
class TestDatabase extends Context.Tag("infra/testing/TestDatabase")<TestDatabase, TestDatabase.Shape>() {
  static readonly layer = Layer.scoped(
    TestDatabase,
    Effect.gen(function* () {
      const server = inject("postgresUrl")
      const admin = yield* _superuser(server)
      const name = `test_${(yield* Identifier.uuid).replaceAll("-", "")}`
      yield* Effect.acquireRelease(
        admin`CREATE DATABASE ${admin(name)} OWNER tessera_owner`.pipe(Effect.orDie),
        () => admin`DROP DATABASE IF EXISTS ${admin(name)} WITH (FORCE)`.pipe(Effect.orDie)
      )
      const superuserUrl = _at(server, name)
      yield* _superuser(superuserUrl).pipe(
        Effect.flatMap((sql) => Effect.provideService(DatabaseRoles.schemas, SqlClient.SqlClient, sql)),
        Effect.scoped
      )
      return TestDatabase.of({
        superuserUrl,
        url: (role) => _at(server, name, role)
      })
    })
  ).pipe(Layer.provide(Reactivity.layer), Layer.orDie)

  /** A pool that logs in as the role, never as the owner of everything. */
  static readonly as = (
    role: TestDatabase.Role
  ): Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, never, TestDatabase> =>
    TestDatabase.pipe(
      Effect.map(({ url }) =>
        Postgres.layer({ url: Redacted.make(url(role)), name: role, connections: _connections })
      ),
      Layer.unwrapEffect,
      Layer.orDie
    )
}

const _superuser = (url: string) => Postgres.make({ url: Redacted.make(url), name: "test", connections: 1 })

const _at = (server: string, database: string, role?: TestDatabase.Role): string => {
  const url = new URL(server)
  return Object.assign(url, {
    pathname: `/${database}`,
    username: role ?? url.username,
    password: role === undefined ? url.password : "test"
  }).href
}

export { TestDatabase }
