import { PostgresClient } from "../../../scripts/launcher/postgres-client.ts"

type Row = Readonly<Record<string, unknown>>

/** Writes rows as a superuser, past every policy: what the product itself would never write can be planted, too. */
const TableRows = {
  insert: async (url: string, table: string, rows: ReadonlyArray<Row>): Promise<void> => {
    const columns = Object.keys(rows[0] ?? {})
      .map((column) => `"${column}"`)
      .join(", ")
    await PostgresClient.query(
      url,
      `INSERT INTO app.${table} (${columns})
       SELECT ${columns} FROM jsonb_populate_recordset(NULL::app.${table}, $1::jsonb)`,
      [JSON.stringify(rows)]
    )
  },
  /** One or many statements without parameters; foreign keys and triggers look away. */
  run: async (url: string, statements: string): Promise<void> => {
    await PostgresClient.query(
      url,
      `SET search_path = app; SET session_replication_role = replica; ${statements}`
    )
  }
} as const

export { TableRows }
