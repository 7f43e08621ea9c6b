import { type WorkloadOptions } from "./workload-options.ts"

type Counter = "invoked" | "ok" | "failed" | "refused" | "unknown" | "open" | "events" | "reconnects"

/** Counts what the clients of one workload meet. */
class WorkloadMeter {
  private readonly startedAt = performance.now()
  private readonly counts: Record<Counter, number> = {
    invoked: 0,
    ok: 0,
    failed: 0,
    refused: 0,
    unknown: 0,
    open: 0,
    events: 0,
    reconnects: 0
  }
  private readonly millis: Array<number> = []

  count(what: Counter, by = 1): void {
    this.counts[what] += by
  }

  /** From the first attempt to the answer, pauses and repetitions included. */
  answered(millis: number): void {
    this.millis.push(millis)
  }

  read(): WorkloadOptions.Stats {
    const sorted = [...this.millis].sort((one, other) => one - other)
    const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
    return {
      ...this.counts,
      millisP50: at(0.5),
      millisP99: at(0.99),
      millisMax: at(1),
      seconds: Math.round((performance.now() - this.startedAt) / 100) / 10
    }
  }
}

export { WorkloadMeter }
