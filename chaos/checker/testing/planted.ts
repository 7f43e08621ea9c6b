import { type HistoryEntry } from "../../history/history-entry.ts"
import { type SandboxPair } from "./sandbox-pair.ts"

declare namespace Planted {
  interface Change {
    /** Statements against the database. */
    readonly sql?: string
    readonly history?: (lines: ReadonlyArray<HistoryEntry.Line>) => ReadonlyArray<HistoryEntry.Line>
    /** What provider or receiver are made to know. */
    readonly outside?: (pair: SandboxPair) => Promise<unknown>
  }
  /** What may happen, however odd it looks. */
  interface Legal extends Change {
    readonly what: string
  }
}

/** One defect, planted wherever it would show, and what must be said about it. */
interface Planted extends Planted.Change {
  readonly bug: string
  readonly invariant: string
  readonly says: RegExp
}

export type { Planted }
