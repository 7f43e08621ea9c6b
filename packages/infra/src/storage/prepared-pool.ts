import { Reactivity } from "@effect/experimental"
import { SqlClient, SqlError } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Context, Duration, Effect, Layer, Redacted } from "effect"
import pg from "pg"
import { PostgresSocket } from "./postgres-socket.ts"

declare namespace PreparedPool {
  type Options = {
    readonly url: Redacted.Redacted
    /** Shown in `pg_stat_activity`. */
    readonly name: string
    readonly connections: number
    /** Above every statement's own deadline. */
    readonly patience: Duration.Duration
  }
  type Shape = {
    /**
     * One statement, prepared once on each connection under its own text. It never joins a transaction of
     * the caller: a batch belongs to many callers.
     */
    readonly query: <Row>(
      text: string,
      values: ReadonlyArray<unknown>
    ) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>
  }
}

/**
 * A plan is kept for as long as a connection lives, and tables grow from nothing: one that was made for an
 * empty table must not read a large one from end to end.
 */
const _planned = (url: Redacted.Redacted): string => {
  const full = new URL(Redacted.value(url))
  const options = [full.searchParams.get("options") ?? "", "-c enable_seqscan=off"].join(" ").trim()
  full.searchParams.set("options", options)
  return full.href
}

const _make = (options: PreparedPool.Options) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new pg.Pool({
        connectionString: _planned(options.url),
        application_name: options.name,
        max: options.connections,
        connectionTimeoutMillis: 5_000,
        idleTimeoutMillis: 300_000,
        stream: () => new PostgresSocket(Duration.toMillis(options.patience))
      })
      // An idle connection that breaks is replaced; whoever uses one gets the error of its statement.
      return pool.on("error", () => undefined)
    }),
    (pool) => Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  )

/** The names of prepared statements, by their texts; PostgreSQL takes 63 bytes. */
const _names = new Map<string, string>()
const _nameOf = (text: string): string => {
  const known = _names.get(text) ?? `p${_names.size}`
  _names.set(text, known)
  return known
}

/** A pool whose hot statements are prepared, shared with an ordinary `SqlClient`. */
class PreparedPool extends Context.Tag("infra/storage/PreparedPool")<PreparedPool, PreparedPool.Shape>() {
  static readonly layer = (
    options: PreparedPool.Options
  ): Layer.Layer<PreparedPool | SqlClient.SqlClient, SqlError.SqlError> =>
    Layer.scopedContext(
      Effect.gen(function* () {
        const pool = yield* _make(options)
        const client = yield* PgClient.fromPool({ acquire: Effect.succeed(pool) })
        const query = <Row>(text: string, values: ReadonlyArray<unknown>) =>
          Effect.tryPromise({
            try: () =>
              pool.query<Row & pg.QueryResultRow>({ name: _nameOf(text), text, values: [...values] }),
            catch: (cause) => new SqlError.SqlError({ cause, message: "Failed to execute statement" })
          }).pipe(Effect.map(({ rows }): ReadonlyArray<Row> => rows))
        return Context.make(PreparedPool, { query }).pipe(Context.add(SqlClient.SqlClient, client))
      })
    ).pipe(Layer.provide(Reactivity.layer))
}

export { PreparedPool }
