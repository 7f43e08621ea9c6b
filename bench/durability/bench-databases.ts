import { randomBytes } from "node:crypto"
import { Postgres as Pool } from "@tessera/infra/storage/postgres"
import { DatabaseRoles } from "@tessera/infra/tenancy/database-roles"
import { Effect, Redacted } from "effect"
import { Migrate } from "../../apps/api/src/migrate/migrate.ts"
import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { type Postgres } from "../../scripts/postgres.ts"

const asSuperuser = (url: string) =>
  Effect.provide(Pool.layer({ url: Redacted.make(url), name: "bench", connections: 1 }))

/** Databases of one server: migrated ones for replicas, empty ones for peers. */
class BenchDatabases {
  private readonly postgres: Postgres
  private readonly password = randomBytes(12).toString("hex")

  constructor(postgres: Postgres) {
    this.postgres = postgres
  }

  /** The superuser's. */
  async empty(name: string): Promise<string> {
    await PostgresClient.query(this.postgres.url, `CREATE DATABASE "${name}"`)
    return this.url(name)
  }

  /** With roles, schemas and all tables of the product. */
  async migrated(name: string): Promise<void> {
    const { password } = this
    const secret = Redacted.make(password)
    const url = await this.empty(name)
    await DatabaseRoles.ensure({ owner: secret, app: secret, infra: secret }).pipe(
      Effect.zipRight(DatabaseRoles.schemas),
      asSuperuser(url),
      Effect.zipRight(
        Migrate.run({
          owner: Redacted.make(this.url(name, "tessera_owner")),
          infra: Redacted.make(this.url(name, "tessera_infra"))
        })
      ),
      Effect.runPromise
    )
  }

  url(name: string, role?: string): string {
    const url = new URL(this.postgres.url)
    url.pathname = `/${name}`
    return role === undefined
      ? url.href
      : Object.assign(url, { username: role, password: this.password }).href
  }

  query<Row>(name: string, statement: string): Promise<ReadonlyArray<Row>> {
    return PostgresClient.query(this.url(name), statement) as Promise<ReadonlyArray<Row>>
  }
}

export { BenchDatabases }
