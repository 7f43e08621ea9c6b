import { SqlClient, type Statement } from "@effect/sql"
import { Array as Arr, Context, Effect, Layer, Option, Schema } from "effect"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { MachineRows } from "./machine-rows.ts"
import { StateMachine } from "./state-machine.ts"
import { type StoredMachine } from "./stored-machine.ts"

/** Somebody else has moved it since the caller looked. */
class _Stale extends Schema.TaggedError<_Stale>()("MachineStore.Stale", {
  machine: Schema.String,
  key: Schema.String,
  expected: Schema.Int,
  version: Schema.Int
}) {}

/** No row of that key; another tenant's is none. */
class _NotFound extends Schema.TaggedError<_NotFound>()("MachineStore.NotFound", {
  machine: Schema.String,
  key: Schema.String
}) {}

declare namespace MachineStore {
  type Stale = _Stale
  type NotFound = _NotFound
  type Entry = MachineRows.Entry
  type Refusal = StateMachine.Illegal | MachineStore.Stale | MachineStore.NotFound
  type Why = { readonly reason?: string | null }
  type Send<F> = MachineStore.Why & {
    /** What the event's guard wants to know: read when the row is locked. */
    readonly facts?: Effect.Effect<F, never, Tenancy.Current>
    /** Of the row as the caller knows it; any when absent. */
    readonly version?: number
    /** Columns that change with the state, as `captured_at = now()`. */
    readonly set?: ReadonlyArray<Statement.Fragment>
    /** What must hold of the row besides, in the same statement; refused in these words where it does not. */
    readonly when?: { readonly holds: Statement.Fragment; readonly otherwise: string }
  }
  type Shape = {
    /**
     * Begins the histories of rows that were just written, however many in one statement: version 1, in the
     * state of the row. A key without a row, or with a history, is left alone.
     */
    readonly born: <S extends string, E extends string, F>(
      machine: StoredMachine<S, E, F>,
      keys: string | ReadonlyArray<string>,
      why?: MachineStore.Why
    ) => Effect.Effect<void, never, Tenancy.Current>
    /**
     * Moves one row and notes it, in one statement. An event with a guard, and a move that finds nothing to
     * move, locks the row first, so that what the refusal says is true until the transaction ends.
     */
    readonly send: <S extends string, E extends string, F>(
      machine: StoredMachine<S, E, F>,
      key: string,
      event: NoInfer<E>,
      options?: MachineStore.Send<NoInfer<F>>
    ) => Effect.Effect<StoredMachine.Moved<S>, MachineStore.Refusal, Tenancy.Current>
    /** Of one key or many, each oldest first; a key without a history has no entry. */
    readonly history: (
      machine: { readonly name: string },
      keys: string | ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<MachineStore.Entry>, never, Tenancy.Current>
  }
}

/**
 * Life cycles that outlive the process: the state is in the thing's own row, and a history that is only ever
 * added to stands beside it. Joins the caller's `Database.transaction`; both are written or neither.
 */
class MachineStore extends Context.Tag("infra/machines/MachineStore")<MachineStore, MachineStore.Shape>() {
  static readonly Stale = _Stale
  static readonly NotFound = _NotFound
  static readonly layer = (options: { readonly replica: string }) =>
    Layer.effect(
      MachineStore,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const database = yield* Database
        const rows = MachineRows.of(sql, options.replica)

        const send: MachineStore.Shape["send"] = (machine, key, event, ask = {}) => {
          const version = Option.fromNullable(ask.version)
          const when = ask.when ?? { holds: sql`true`, otherwise: "" }
          const of = { machine: machine.name, key }
          const wish = { machine, key, event, version, holds: when.holds }
          const move = rows.move({ ...wish, reason: ask.reason ?? null, set: ask.set ?? [] })
          const refused = { machine: machine.name, event, reason: "guard", words: when.otherwise } as const

          const judged = Effect.gen(function* () {
            const found = yield* rows.lock(wish)
            const row = yield* Effect.mapError(found, () => new _NotFound(of))
            const expected = Option.getOrElse(version, () => row.version)
            yield* Effect.when(
              new _Stale({ ...of, expected, version: row.version }),
              () => expected !== row.version
            )
            const facts = yield* Effect.transposeOption(Option.fromNullable(ask.facts))
            yield* machine.next(row.status, event, Option.getOrUndefined(facts))
            yield* Effect.unless(new StateMachine.Illegal({ ...refused, from: row.status }), () => row.holds)
            return yield* Effect.flatten(move).pipe(Effect.orDie)
          })
          const swift = Effect.flatMap(move, Option.match({ onNone: () => judged, onSome: Effect.succeed }))
          return database.transaction(machine.isGuarded(event) ? judged : swift)
        }

        return MachineStore.of({
          send,
          born: (machine, keys, why = {}) =>
            database.transaction(rows.begin({ machine, keys: Arr.ensure(keys), reason: why.reason ?? null })),
          history: ({ name: machine }, keys) =>
            Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
              rows.history({ tenantId, machine, keys: Arr.ensure(keys) })
            ).pipe(Effect.orDie, database.transaction)
        })
      })
    )
}

export { MachineStore }
