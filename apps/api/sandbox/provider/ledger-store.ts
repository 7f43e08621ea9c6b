import { type FileSystem, type Path } from "@effect/platform"
import { type ConfigError, Context, DateTime, Effect, Layer, Ref, Schema } from "effect"
import { DataFile } from "../data-file.ts"
import { Journal } from "../journal.ts"
import { Ledger } from "./ledger.ts"
import { LedgerEntry } from "./ledger-entry.ts"

const _encode = Schema.encodeSync(LedgerEntry.Line)

declare namespace LedgerStore {
  type Request = Omit<Ledger.Call, "at">
  type Shape = {
    /** Returns when the decision is on disk, also for a replay of a decision that is still being written. */
    readonly submit: (request: Request) => Effect.Effect<Ledger.Decision>
    /** Holds nothing that is not on disk. */
    readonly state: Effect.Effect<Ledger.State>
    readonly file: string
  }
}

/** The ledger and its file, which is read again at start. One process per file: nothing locks it. */
class LedgerStore extends Context.Tag("sandbox/provider/LedgerStore")<LedgerStore, LedgerStore.Shape>() {
  static readonly layer: Layer.Layer<
    LedgerStore,
    ConfigError.ConfigError,
    FileSystem.FileSystem | Path.Path
  > = Layer.scoped(
    LedgerStore,
    Effect.gen(function* () {
      const file = yield* DataFile.at("sandbox", "ledger.ndjson")
      const journal = yield* Journal.open(file)
      const entries = yield* Effect.forEach(journal.lines, (line) =>
        Schema.decode(LedgerEntry.Line)(line)
      ).pipe(Effect.orDie)
      const current = yield* Ref.make(entries.reduce(Ledger.apply, Ledger.empty))

      // One synchronous step, so that the file has the order in which the decisions were made. A caller
      // who hangs up must not leave an effect in memory that never reaches the file.
      const submit = Effect.fn("LedgerStore.submit")(function* (request: LedgerStore.Request) {
        const at = DateTime.formatIso(yield* DateTime.now)
        const decision = yield* Ref.modify(current, (before) => {
          const decided = Ledger.decide(before, { ...request, at })
          journal.enqueue(decided.entries.map((entry) => _encode(entry)))
          return [decided, decided.state]
        })
        yield* journal.flush
        return decision
      }, Effect.uninterruptible)

      const state = Effect.zipLeft(Ref.get(current), journal.flush)
      return LedgerStore.of({ submit, state, file })
    })
  )
}

export { LedgerStore }
