import { PgClient } from "@effect/sql-pg"
import { type ConfigError, Duration, type Layer, type Redacted, String as Text } from "effect"
import pg from "pg"
import { PostgresSocket } from "./postgres-socket.ts"

declare namespace Postgres {
  type Options = {
    readonly url: Redacted.Redacted
    /** Shown in `pg_stat_activity`. */
    readonly name: string
    /** Connections of this pool, 1 to 50. */
    readonly connections: number
  }
}

const _int8 = 20
const _timestamptz = 1184

/** Above the statement timeout of the roles, 30 s: an answer that has not come by then never will. */
const _patienceMillis = 35_000

/**
 * `bigint` arrives as a number (all ours stay below 2^53), timestamps as ISO strings, so that rows decode
 * like JSON.
 */
const _types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    ({
      [_int8]: Number,
      [_timestamptz]: (text: string) => text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00")
    })[oid] ?? pg.types.getTypeParser(oid, format === "binary" ? "text" : format)
}

/** One pool of PostgreSQL connections with the project's naming and type rules; roles differ by URL. */
const Postgres = {
  config: (options: Postgres.Options): PgClient.PgClientConfig => ({
    url: options.url,
    applicationName: options.name,
    maxConnections: options.connections,
    connectTimeout: Duration.seconds(5),
    idleTimeout: Duration.minutes(5),
    transformResultNames: Text.snakeToCamel,
    transformQueryNames: Text.camelToSnake,
    transformJson: false,
    types: _types,
    stream: () => new PostgresSocket(_patienceMillis)
  }),
  layer: (options: Postgres.Options): Layer.Layer<PgClient.PgClient | _SqlClient, _Failure> =>
    PgClient.layer(Postgres.config(options)),
  make: (options: Postgres.Options) => PgClient.make(Postgres.config(options))
} as const

type _SqlClient = import("@effect/sql").SqlClient.SqlClient
type _Failure = ConfigError.ConfigError | import("@effect/sql").SqlError.SqlError

export { Postgres }
