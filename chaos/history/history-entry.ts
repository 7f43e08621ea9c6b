declare namespace HistoryEntry {
  /**
   * `info` is "nobody knows": a timeout, a lost connection, a 5xx. `refused` is a 503 with `Retry-After`. Neither ends
   * an operation: it is tried again, and its last line says what became of it.
   */
  type Phase = "invoke" | "ok" | "fail" | "info" | "refused"

  type Operation =
    | "place"
    | "cancel"
    | "retry"
    | "hold"
    | "release"
    | "refund"
    | "restock"
    | "import"
    | "list"
    | "detail"
    | "dashboard"
    /** One line a connection (`invoke`, `info`) and one a chunk of events (`ok`, result `HistoryEntry.Seen`). */
    | "stream"
    /** What a nemesis does: `key` is the name of the fault, `invoke` its begin and `ok` its end. */
    | "fault"
    /** What an observer read in `lane_partitions` and `cluster_singletons`, when it changed. */
    | "fence"
    /** The end of a run: `ok`, or `fail` with the rows that were left. */
    | "drain"
    /** First line of a run: seed, clients, tenants with their canaries. */
    | "run"

  /** One line of the file. */
  interface Line {
    /** Milliseconds since 1970, by the clock of the process that writes. */
    readonly at: number
    /** Who has one operation in flight at a time: `acme-3`, `acme-stream-1`, `nemesis`. */
    readonly process: string
    readonly operation: Operation
    /** Slug; empty where no tenant is concerned. */
    readonly tenant: string
    /** Idempotency-Key or whatever else names the operation; the same on all its lines. */
    readonly key: string
    readonly phase: Phase
    readonly args?: unknown
    readonly result?: unknown
  }

  interface PlaceArgs {
    readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>
    readonly customerReference: string
    readonly paymentToken: string
    readonly postcode: string
    readonly reservationId?: string | undefined
  }
  interface PlaceResult {
    readonly id: string
    readonly number: string
    readonly totalMinor: number
  }
  interface CancelArgs {
    readonly id: string
  }
  interface RetryArgs {
    readonly id: string
    readonly paymentToken: string
    readonly postcode: string
  }
  interface HoldArgs {
    readonly lines: PlaceArgs["lines"]
    readonly seconds: number
  }
  interface HoldResult {
    readonly id: string
  }
  interface ReleaseArgs {
    readonly id: string
  }
  interface RefundArgs {
    readonly orderId: string
    /** All that is left when absent. */
    readonly amountMinor?: number
    readonly returns: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>
  }
  interface RefundResult {
    readonly id: string
    readonly amountMinor: number
  }
  /** The API has no key for a restock, so its quantity is one that no other restock of the file has. */
  interface RestockArgs {
    readonly productId: string
    readonly quantity: number
  }
  interface ImportArgs {
    readonly fileName: string
    /** Of the orders in the file; no other file has them. */
    readonly numbers: ReadonlyArray<string>
    readonly rows: number
    /** Rows that are wrong on purpose. */
    readonly wrong: number
  }
  interface ImportResult {
    readonly id: string
  }
  interface StreamArgs {
    /** `Last-Event-ID` of the connection. */
    readonly after: number
  }
  interface Seen {
    readonly events: ReadonlyArray<{
      readonly seq: number
      readonly id: string
      readonly type: string
      readonly aggregateId: string
      readonly version: number
    }>
  }
  interface FenceResult {
    /** `lane/17`, `singleton/reaper`. */
    readonly name: string
    readonly owner: string
    readonly fence: number
  }
  interface RunArgs {
    readonly seed: number
    /** Prefix of every Idempotency-Key of the run. */
    readonly prefix: string
    readonly canaries: Readonly<Record<string, string>>
  }
  interface DrainResult {
    readonly millis: number
    /** What was left, a text a row; empty when everything ended. */
    readonly left: ReadonlyArray<string>
  }
  /** Wherever bytes for one tenant held another's canary; beside the result proper. */
  interface Foreign {
    readonly foreign?: ReadonlyArray<string>
  }
}

/** The lines of a history, and what a checker reads out of their `args` and `result`. */
const HistoryEntry = {
  is: (value: unknown): value is HistoryEntry.Line =>
    typeof value === "object" && value !== null && "operation" in value && "phase" in value && "at" in value
}

export { HistoryEntry }
