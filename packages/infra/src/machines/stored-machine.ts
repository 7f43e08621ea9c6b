import { Array as Arr, Record, Schema } from "effect"
import { type StateMachine } from "./state-machine.ts"

declare namespace StoredMachine {
  type Place = {
    /** A tenant table with the columns `tenant_id`, `status text`, `version int` from 1, and the key's. */
    readonly table: string
    /** Columns that with `tenant_id` name one row: `["order_id", "run"]` for the key `<order_id>/<run>`. */
    readonly key: ReadonlyArray<string>
  }
  type Moved<S extends string> = { readonly from: S; readonly to: S; readonly version: number }
  type Seen<S extends string> = { readonly status: S; readonly version: number; readonly holds: boolean }
}

type StoredMachine<S extends string, E extends string, F = never> = StateMachine<S, E, F> &
  StoredMachine.Place & {
    readonly Moved: Schema.Schema<StoredMachine.Moved<S>>
    readonly Seen: Schema.Schema<StoredMachine.Seen<S>>
    /** The key by column: a part that is missing is empty, what is too much belongs to the last. */
    readonly parts: (key: string) => Record.ReadonlyRecord<string, string>
  }

/** A life cycle whose state is a column of the thing's own row: one truth, and lists can filter by it. */
const StoredMachine = {
  make: <S extends string, E extends string, F>(
    machine: StateMachine<S, E, F>,
    { key, table }: StoredMachine.Place
  ): StoredMachine<S, E, F> => {
    const State = Schema.Literal(...machine.states)
    const last = key.length - 1
    return {
      ...machine,
      table,
      key,
      Moved: Schema.Struct({ from: State, to: State, version: Schema.Int }),
      Seen: Schema.Struct({ status: State, version: Schema.Int, holds: Schema.Boolean }),
      parts: (text) => {
        const parts = text.split("/")
        const values = [...parts.slice(0, last), parts.slice(last).join("/")]
        return Record.fromEntries(Arr.zip(key, [...values, ...Arr.replicate("", last)]))
      }
    }
  }
} as const

export { StoredMachine }
