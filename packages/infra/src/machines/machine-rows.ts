import { type SqlClient, SqlSchema, type Statement } from "@effect/sql"
import { Array as Arr, Effect, Option, Record, Schema } from "effect"
import { Trace } from "../context/trace.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { type StoredMachine } from "./stored-machine.ts"

class _Entry extends Schema.Class<_Entry>("MachineRows.Entry")({
  key: Schema.String,
  /** Of the row after the move, from 1. */
  version: Schema.Int,
  /** `born` for the first. */
  event: Schema.String,
  /** Null at birth. */
  from: Schema.NullOr(Schema.String),
  to: Schema.String,
  reason: Schema.NullOr(Schema.String),
  replica: Schema.String,
  requestId: Schema.String,
  traceId: Schema.NullOr(Schema.String),
  at: Schema.String
}) {}

declare namespace MachineRows {
  type Entry = _Entry
  type Births = {
    readonly machine: Pick<StoredMachine<string, string>, "name" | "table" | "key" | "parts">
    readonly keys: ReadonlyArray<string>
    readonly reason: string | null
  }
  type Wish<S extends string, E extends string, F> = {
    readonly machine: StoredMachine<S, E, F>
    readonly key: string
    readonly event: E
    readonly version: Option.Option<number>
    readonly holds: Statement.Fragment
  }
  type Move<S extends string, E extends string, F> = MachineRows.Wish<S, E, F> & {
    readonly reason: string | null
    readonly set: ReadonlyArray<Statement.Fragment>
  }
}

/** The statements of `MachineStore`: the row of a thing, and its history. A lost database is a defect. */
const MachineRows = {
  Entry: _Entry,
  of: (sql: SqlClient.SqlClient, replica: string) => ({
    /** None where the event finds another state, version or condition than it starts from, or no row. */
    move: <S extends string, E extends string, F>(one: MachineRows.Move<S, E, F>) =>
      Effect.gen(function* () {
        const { event, machine } = one
        const { tenantId } = yield* Tenancy.Current
        const targets = sql`${_targets(machine, event)}::jsonb`
        const changes = [sql`status = ${targets} ->> status`, sql`version = version + 1`, ...one.set]
        const version = Option.map(one.version, (known) => sql`version = ${known}`)
        const row = _row(sql, machine, tenantId, one.key)
        const starts = [...row, sql`${targets} ? status`, ...Option.toArray(version), one.holds]
        const rows = yield* sql`
          WITH told AS (
            UPDATE ${sql(machine.table)} SET ${sql.csv(changes)} WHERE ${sql.and(starts)}
            RETURNING ${_key(sql, machine)} AS key, new.version, old.status AS "from", new.status AS "to"
          ), kept AS (${yield* _keep(sql, { ...one, replica })})
          SELECT "from", "to", version FROM told`
        return yield* Effect.transposeMapOption(Arr.head(rows), Schema.decodeUnknown(machine.Moved))
      }).pipe(Effect.orDie),

    /** Waits for whoever is moving the row, and keeps it until the transaction ends. */
    lock: <S extends string, E extends string, F>({ holds, key, machine }: MachineRows.Wish<S, E, F>) =>
      Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        const rows = yield* sql`
          SELECT status, version, ${holds} AS holds FROM ${sql(machine.table)}
          WHERE ${sql.and(_row(sql, machine, tenantId, key))} FOR NO KEY UPDATE`
        return yield* Effect.transposeMapOption(Arr.head(rows), Schema.decodeUnknown(machine.Seen))
      }).pipe(Effect.orDie),

    begin: ({ keys, machine, reason }: MachineRows.Births) =>
      Effect.gen(function* () {
        const { tenantId } = yield* Tenancy.Current
        const wanted = JSON.stringify(keys.map(machine.parts))
        yield* sql`
          WITH told AS (
            SELECT ${_key(sql, machine)} AS key, 1 AS version, NULL AS "from", thing.status AS "to"
            FROM jsonb_populate_recordset(NULL::${sql(machine.table)}, ${wanted}::jsonb) AS wanted
            JOIN ${sql(machine.table)} AS thing USING (${_columns(sql, machine)})
            WHERE thing.tenant_id = ${tenantId}
          ) ${yield* _keep(sql, { machine, event: "born", reason, replica })} ON CONFLICT DO NOTHING`
      }).pipe(Effect.orDie, Effect.asVoid),

    history: SqlSchema.findAll({
      Request: Schema.Struct({
        tenantId: Tenancy.Id,
        machine: Schema.String,
        keys: Schema.Array(Schema.String)
      }),
      Result: _Entry,
      execute: ({ keys, machine, tenantId }) => sql`
        SELECT key, version, event, from_state AS "from", to_state AS "to", reason, replica, request_id,
          trace_id, at
        FROM state_history WHERE tenant_id = ${tenantId} AND machine = ${machine} AND key = ANY (${keys})
        ORDER BY version`
    })
  })
} as const

type _Place = Pick<StoredMachine<string, string>, "key" | "parts">

const _columns = (sql: SqlClient.SqlClient, { key }: _Place) =>
  sql.csv(key.map((column) => sql`${sql(column)}`))

/** As the database writes it, so that one row has one key. */
const _key = (sql: SqlClient.SqlClient, place: _Place) => sql`concat_ws('/', ${_columns(sql, place)})`

const _row = (sql: SqlClient.SqlClient, { parts }: _Place, tenantId: Tenancy.Id, key: string) => [
  sql`tenant_id = ${tenantId}`,
  ...Record.toEntries(parts(key)).map(([column, part]) => sql`${sql(column)} = ${part}`)
]

/** Where the event leads, by the state that it finds. */
const _targets = <S extends string, E extends string, F>(machine: StoredMachine<S, E, F>, event: E) =>
  JSON.stringify(
    Object.fromEntries(machine.edges.filter((edge) => edge.event === event).map(({ from, to }) => [from, to]))
  )

type _Kept = {
  readonly machine: { readonly name: string }
  readonly event: string
  readonly reason: string | null
  readonly replica: string
}

/** Notes what `told` has in its rows, with the request and the trace that did it. */
const _keep = (sql: SqlClient.SqlClient, { event, machine, reason, replica }: _Kept) =>
  Effect.gen(function* () {
    const { requestId, tenantId } = yield* Tenancy.Current
    const traceId = Option.getOrNull(Option.map(yield* Trace.current, (trace) => trace.traceId))
    return sql`
      INSERT INTO state_history (tenant_id, machine, key, version, event, from_state, to_state, reason,
        replica, request_id, trace_id)
      SELECT ${tenantId}, ${machine.name}, key, version, ${event}, "from", "to", ${reason},
        ${replica}, ${requestId}, ${traceId} FROM told`
  })

export { MachineRows }
