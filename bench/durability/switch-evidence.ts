import { type BenchDatabases } from "./bench-databases.ts"

declare namespace SwitchEvidence {
  interface Evidence {
    readonly rowsPerInsert: number
    readonly activityMessages: number
  }
}

const inserts = `SELECT coalesce(sum(rows)::float8 / nullif(sum(calls), 0), 0) AS value FROM pg_stat_statements s
  JOIN pg_database d ON d.oid = s.dbid
  WHERE d.datname = 'NAME' AND query ~* 'insert into "?cluster_messages' `
const activities = "SELECT count(*)::float8 AS value FROM cluster.cluster_messages WHERE tag = 'activity'"

const of = async (databases: BenchDatabases, name: string): Promise<SwitchEvidence.Evidence> => {
  const value = async (database: string, statement: string) =>
    (await databases.query<{ readonly value: number }>(database, statement).catch(() => []))[0]?.value ??
    Number.NaN
  return {
    rowsPerInsert: await value("postgres", inserts.replace("NAME", name)),
    activityMessages: await value(name, activities)
  }
}

/** What the database shows of a side, whatever its configuration says: a switch without effect would compare a side with itself. */
const SwitchEvidence = {
  of,
  complaints: (name: string, { activityMessages, rowsPerInsert }: SwitchEvidence.Evidence) => {
    const isOurs = name === "ours"
    const isBatched = rowsPerInsert > 1.2
    const isJournalled = activityMessages === 0
    return [
      ...(isBatched === isOurs || Number.isNaN(rowsPerInsert)
        ? []
        : [`${name} writes ${rowsPerInsert.toFixed(2)} messages an insert: CLUSTER_MESSAGES had no effect`]),
      ...(isJournalled === isOurs
        ? []
        : [`${name} sent ${activityMessages} activities as messages: CLUSTER_JOURNAL had no effect`])
    ]
  }
} as const

export { SwitchEvidence }
