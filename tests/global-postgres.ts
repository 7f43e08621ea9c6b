import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Postgres } from "@tessera/infra/storage/postgres"
import { DatabaseRoles } from "@tessera/infra/tenancy/database-roles"
import { Effect, Redacted } from "effect"
import { type TestProject } from "vitest/node"
import { startPostgres } from "../scripts/postgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's; only to create a database: what is tested logs in as the role that it tests. */
    postgresUrl: string
  }
}

const test = Redacted.make("test")

const createRoles = (superuserUrl: string) =>
  DatabaseRoles.ensure({ owner: test, app: test, infra: test }).pipe(
    Effect.provide(Postgres.layer({ url: Redacted.make(superuserUrl), name: "test", connections: 1 })),
    Effect.runPromise
  )

/**
 * One throw-away PostgreSQL for the whole run; every test makes a database of its own (`TestDatabase`). The roles
 * belong to the server, so they are made here: tests that made them at the same time would trip over each other.
 */
const setup = async (project: TestProject) => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-pg-"))
  const postgres = await startPostgres({
    dataDir: join(folder, "pg"),
    persistent: false,
    // Nothing here outlives the run, so nothing has to reach the disk.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
  })
  await createRoles(postgres.url)
  project.provide("postgresUrl", postgres.url)
  return async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export default setup
