import { setTimeout as delay } from "node:timers/promises"
import { type HistoryEntry } from "../history/history-entry.ts"
import { type HistoryWriter } from "../history/history-writer.ts"
import { Leftovers } from "./leftovers.ts"

const _pauseMillis = 1_000

const _lanes = `SELECT 'lane/' || partition AS name, owner, epoch::float8 AS fence FROM lane_partitions`
const _singletons = `SELECT 'singleton/' || name AS name, owner, fence::float8 AS fence FROM cluster_singletons`

/** Reads who owns what once a second and notes each change; an unreachable database is asked again. */
class FenceSampler {
  private readonly databaseUrl: string
  private readonly history: HistoryWriter
  private readonly known = new Map<string, string>()
  private isOpen = true
  private running: Promise<void> = Promise.resolve()

  private constructor(databaseUrl: string, history: HistoryWriter) {
    this.databaseUrl = databaseUrl
    this.history = history
  }

  static start(databaseUrl: string, history: HistoryWriter): FenceSampler {
    const sampler = new FenceSampler(databaseUrl, history)
    sampler.running = sampler.loop()
    return sampler
  }

  async stop(): Promise<void> {
    this.isOpen = false
    await this.running
  }

  private async loop(): Promise<void> {
    while (this.isOpen) {
      await this.sample().catch(() => {})
      await delay(_pauseMillis)
    }
  }

  private async sample(): Promise<void> {
    const [table] = (await Leftovers.query(
      this.databaseUrl,
      "SELECT to_regclass('app.cluster_singletons') IS NOT NULL AS exists"
    )) as ReadonlyArray<{ readonly exists: boolean }>
    const statement = table?.exists === true ? `${_lanes} UNION ALL ${_singletons}` : _lanes
    const rows = (await Leftovers.query(
      this.databaseUrl,
      statement
    )) as ReadonlyArray<HistoryEntry.FenceResult>
    for (const row of rows) {
      const text = `${row.owner} ${row.fence}`
      if (this.known.get(row.name) === text) continue
      this.known.set(row.name, text)
      this.history.append({
        process: "observer",
        operation: "fence",
        tenant: "",
        key: row.name,
        phase: "ok",
        result: row
      })
    }
  }
}

export { FenceSampler }
