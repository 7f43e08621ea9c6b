import { SqlClient } from "@effect/sql"
import { Effect, Redacted } from "effect"

declare namespace DatabaseRoles {
  type Passwords = {
    readonly owner: Redacted.Redacted
    readonly app: Redacted.Redacted
    readonly infra: Redacted.Redacted
  }
}

const _names = { owner: "tessera_owner", app: "tessera_app", infra: "tessera_infra" } as const

/** Any 64-bit number: creation of roles by two processes at once would race on `pg_authid`. */
const _lock = 7_305_018

/**
 * The three database roles, none superuser, none BYPASSRLS: the owner migrates, the app role does what
 * features do, the infra role owns schema `cluster`. To be run as a superuser, any number of times.
 */
const DatabaseRoles = {
  names: _names,
  ensure: (passwords: DatabaseRoles.Passwords) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`SELECT pg_advisory_xact_lock(${_lock})`
      yield* _role(_names.owner, passwords.owner, "app")
      yield* _role(_names.app, passwords.app, "app")
      yield* _role(_names.infra, passwords.infra, "cluster, app")
    }),
  /** Schemas of the present database; one database holds app and cluster tables. */
  schemas: Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`REVOKE ALL ON SCHEMA public FROM PUBLIC`
    yield* sql`CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION tessera_owner`
    yield* sql`CREATE SCHEMA IF NOT EXISTS cluster AUTHORIZATION tessera_infra`
    yield* sql`GRANT USAGE ON SCHEMA app TO tessera_app, tessera_infra`
  })
} as const

/**
 * Role settings take no parameters, so the password travels as a quoted literal made by the server itself.
 */
const _role = (name: string, password: Redacted.Redacted, searchPath: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [existing] = yield* sql`SELECT 1 FROM pg_roles WHERE rolname = ${name}`
    const [quoted] = yield* sql<{ readonly literal: string }>`
      SELECT quote_literal(${Redacted.value(password)}) AS literal`
    const verb = existing === undefined ? "CREATE" : "ALTER"
    yield* sql.unsafe(
      `${verb} ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ${quoted?.literal}`
    )
    yield* sql.unsafe(`ALTER ROLE ${name} SET search_path = ${searchPath}`)
    yield* sql.unsafe(`ALTER ROLE ${name} SET timezone = 'UTC'`)
    yield* sql.unsafe(`ALTER ROLE ${name} SET statement_timeout = '30s'`)
    yield* sql.unsafe(`ALTER ROLE ${name} SET idle_in_transaction_session_timeout = '30s'`)
  })

export { DatabaseRoles }
