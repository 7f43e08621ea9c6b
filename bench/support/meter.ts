import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { type Postgres } from "../../scripts/postgres.ts"
import { processorMillis } from "./processor-millis.ts"

declare namespace Meter {
  interface Reading {
    readonly databaseMillis: number
    readonly statements: number
    readonly walBytes: number
  }
}

interface Counters {
  readonly statements: string
  readonly wal: string
}

const byStatement = `SELECT coalesce(sum(calls), 0)::text AS statements, pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal
  FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)`
const byTransaction = `SELECT (xact_commit + xact_rollback)::text AS statements, pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal
  FROM pg_stat_database WHERE datname = $1`

/**
 * What a PostgreSQL server has done so far: for one database the statements, for the whole server WAL and
 * processor time, which is one contender's only while no other runs.
 */
class Meter {
  /** What `statements` counts. */
  readonly counts: "statements" | "transactions"
  private readonly postgres: Postgres

  private constructor(postgres: Postgres, counts: "statements" | "transactions") {
    this.postgres = postgres
    this.counts = counts
  }

  static async of(postgres: Postgres): Promise<Meter> {
    const counts = await PostgresClient.query(postgres.url, "CREATE EXTENSION pg_stat_statements").then(
      () => "statements" as const,
      () => "transactions" as const
    )
    return new Meter(postgres, counts)
  }

  async read(database: string): Promise<Meter.Reading> {
    const [row] = (await PostgresClient.query(
      this.postgres.url,
      this.counts === "statements" ? byStatement : byTransaction,
      [database]
    )) as ReadonlyArray<Counters>
    return {
      databaseMillis: processorMillis(this.postgres.pid),
      statements: Number(row?.statements),
      walBytes: Number(row?.wal)
    }
  }

  /** Until nothing has been written for a while: what follows an answer belongs to its operation, too. */
  async untilQuiet(millis: number): Promise<void> {
    const deadline = performance.now() + millis
    let last = -1
    while (performance.now() < deadline) {
      const { walBytes } = await this.read("postgres")
      if (walBytes === last) return
      last = walBytes
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  }
}

export { Meter }
