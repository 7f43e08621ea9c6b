import { createRequire } from "node:module"

interface Client {
  readonly connect: () => Promise<void>
  readonly query: (
    sql: string,
    values?: ReadonlyArray<unknown>
  ) => Promise<{ readonly rows: ReadonlyArray<unknown> }>
  readonly end: () => Promise<void>
  readonly on: (event: "error", listener: () => void) => void
}

/**
 * One-off statements of the launcher, without the application's pool. The driver ships no types, hence the small
 * interface. Rejects with the server's error (`code` is the SQLSTATE) or the socket's.
 */
const PostgresClient = {
  query: async (
    url: string,
    sql: string,
    values: ReadonlyArray<unknown> = []
  ): Promise<ReadonlyArray<unknown>> => {
    const driver = createRequire(import.meta.url)("pg") as { Client: new (options: object) => Client }
    const client = new driver.Client({
      connectionString: url,
      connectionTimeoutMillis: 3_000,
      query_timeout: 15_000
    })
    // Without a listener a server that stops (57P01) would crash this process.
    client.on("error", () => {})
    await client.connect()
    try {
      return (await client.query(sql, values)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }
}

export { PostgresClient }
