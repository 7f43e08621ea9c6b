import { setTimeout as delay } from "node:timers/promises"
import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { type Finding } from "./finding.ts"
import { MomentInvariants } from "./moment-invariants.ts"

declare namespace MomentSampler {
  interface Options {
    /** Superuser's: it has to look behind row-level security. Nothing is written. */
    readonly databaseUrl: string
    /** Between two samples; 2 s when absent. */
    readonly pauseMillis?: number
  }
  interface Stats {
    readonly samples: number
    /** Without an answer, as while the database is gone. */
    readonly missed: number
    readonly lastError: string
    readonly millisMedian: number
    readonly millisMax: number
  }
}

interface Row {
  readonly check: number
  readonly violations: number
  readonly witness: string | null
}

interface Found {
  readonly finding: Omit<Finding, "witness">
  readonly witness: string
  readonly at: string
  times: number
}

const _pauseMillis = 2_000

/** A row is dated before it commits: whatever ends later than that shows in the checker's last look at all. */
const _commitMillis = 60_000

/** Nobody knows how many histories have moved: the planner guesses one, and would loop over everything for each. */
const _options = "-c search_path=app -c enable_nestloop=off -c jit=off"

/** Everything in one statement, so on one snapshot. */
const _statement = (since: Date): string =>
  `WITH moved AS MATERIALIZED (
     SELECT h.* FROM state_history h JOIN (
       SELECT DISTINCT tenant_id, machine, key FROM state_history WHERE at >= '${since.toISOString()}') lately
     USING (tenant_id, machine, key))
   ${MomentInvariants.map(
     ({ query }, index) =>
       `SELECT ${index} AS "check", count(*)::int AS violations, min(witness) AS witness FROM (${query}) found`
   ).join("\nUNION ALL ")}`

/** Holds the database to the invariants of every moment while a case runs; what it finds, it finds once. */
class MomentSampler {
  static readonly none: MomentSampler.Stats = {
    samples: 0,
    missed: 0,
    lastError: "",
    millisMedian: 0,
    millisMax: 0
  }
  private readonly options: MomentSampler.Options
  private readonly found = new Map<string, Found>()
  private readonly millis: Array<number> = []
  private readonly closing = new AbortController()
  private missed = 0
  private lastError = ""
  private since = new Date(0)
  private running: Promise<void> = Promise.resolve()

  private constructor(options: MomentSampler.Options) {
    this.options = options
  }

  static start(options: MomentSampler.Options): MomentSampler {
    const sampler = new MomentSampler(options)
    sampler.running = sampler.loop()
    return sampler
  }

  async stop(): Promise<void> {
    this.closing.abort()
    await this.running
  }

  /** So far. */
  stats(): MomentSampler.Stats {
    const sorted = this.millis.toSorted((one, other) => one - other)
    return {
      samples: sorted.length,
      missed: this.missed,
      lastError: this.lastError,
      millisMedian: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      millisMax: Math.round(sorted.at(-1) ?? 0)
    }
  }

  /** So far; each with its witness, when it was seen first and in how many samples. */
  findings(): ReadonlyArray<Finding> {
    return [...this.found.values()].map(({ at, finding, times, witness }) => ({
      ...finding,
      witness: [witness, `first seen at ${at}, in ${times} of ${this.millis.length} samples`]
    }))
  }

  private async loop(): Promise<void> {
    const { signal } = this.closing
    const { pauseMillis = _pauseMillis } = this.options
    while (!signal.aborted) {
      await this.sample().catch((error: Error) => {
        this.missed += 1
        this.lastError = error.message
      })
      await delay(pauseMillis, undefined, { signal }).catch(() => {})
    }
  }

  private async sample(): Promise<void> {
    const startedAt = performance.now()
    const at = new Date()
    const url = new URL(this.options.databaseUrl)
    url.searchParams.set("options", _options)
    const rows = (await PostgresClient.query(url.href, _statement(this.since))) as ReadonlyArray<Row>
    this.millis.push(performance.now() - startedAt)
    this.since = new Date(at.getTime() - _commitMillis)
    for (const { check, violations, witness } of rows) {
      const { id = "", title = "" } = MomentInvariants[check] ?? {}
      if (violations > 0) this.note(id, title, witness ?? "", at)
    }
  }

  private note(invariant: string, title: string, witness: string, at: Date): void {
    const key = `${title} ${witness}`
    const known = this.found.get(key)
    if (known !== undefined) known.times += 1
    else {
      const finding = { invariant, message: `not kept at one moment: ${title}` }
      this.found.set(key, { finding, witness, at: at.toISOString(), times: 1 })
    }
  }
}

export { MomentSampler }
