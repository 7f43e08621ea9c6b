import { type HistoryWriter } from "../history/history-writer.ts"

declare namespace WorkloadOptions {
  interface Tenant {
    readonly slug: string
    readonly apiKey: string
  }
  /** Weights; they need not add up to 100. */
  interface Mix {
    readonly place: number
    readonly cancel: number
    readonly retry: number
    /** Holds stock; then orders it, gives it back or lets it expire. */
    readonly reserve: number
    readonly refund: number
    readonly restock: number
    readonly import: number
    readonly list: number
    readonly detail: number
    readonly dashboard: number
  }
  interface Drain {
    /** Superuser's. */
    readonly databaseUrl: string
    /** 120 s when absent. */
    readonly millis?: number
  }
  interface Drained {
    readonly isDrained: boolean
    readonly millis: number
    readonly left: ReadonlyArray<string>
  }
  /** Of all operations but `stream`. */
  interface Stats {
    readonly invoked: number
    readonly ok: number
    /** Answered with a refusal that is final: 4xx. */
    readonly failed: number
    /** 503 with `Retry-After`: answers, not operations; each was tried again. */
    readonly refused: number
    /** Attempts without a clear answer; each was tried again. */
    readonly unknown: number
    /** Operations that had no clear answer when their deadline was over. */
    readonly open: number
    readonly events: number
    readonly reconnects: number
    readonly millisP50: number
    readonly millisP99: number
    readonly millisMax: number
    readonly seconds: number
  }
}

interface WorkloadOptions {
  /** Of the balancer. */
  readonly url: string
  readonly tenants: ReadonlyArray<WorkloadOptions.Tenant>
  readonly seed: number
  /** Of each tenant; one operation in flight each. */
  readonly clients: number
  readonly history: HistoryWriter
  readonly mix?: WorkloadOptions.Mix
  /** Event streams of each tenant; 2 when absent. */
  readonly streams?: number
  /** Mean pause of a client between two operations; 0 when absent. */
  readonly pauseMillis?: number
  /** How long one operation is tried again; 60 s when absent. */
  readonly patienceMillis?: number
  /** Superuser's; with it epochs and fences are sampled into the history. */
  readonly databaseUrl?: string
}

export type { WorkloadOptions }
