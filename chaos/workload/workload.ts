import { setTimeout as delay } from "node:timers/promises"
import { type HistoryEntry } from "../history/history-entry.ts"
import { Canary } from "./canary.ts"
import { ClientOperations } from "./client-operations.ts"
import { EventWatcher } from "./event-watcher.ts"
import { FenceSampler } from "./fence-sampler.ts"
import { Leftovers } from "./leftovers.ts"
import { Seeded } from "./seeded.ts"
import { TenantDesk } from "./tenant-desk.ts"
import { type WorkloadClient } from "./workload-client.ts"
import { WorkloadMeter } from "./workload-meter.ts"
import { type WorkloadOptions } from "./workload-options.ts"

const _mix: WorkloadOptions.Mix = {
  place: 40,
  cancel: 10,
  retry: 5,
  reserve: 8,
  refund: 10,
  restock: 5,
  import: 2,
  list: 15,
  detail: 20,
  dashboard: 8
}
const _streams = 2
const _patienceMillis = 60_000
const _requestMillis = 15_000
const _drainMillis = 120_000
const _drainPauseMillis = 500

/**
 * Clients of both tenants with one operation in flight each, as a careful customer would write them. `stop` ends the
 * operations and leaves the streams open, so that `drain` sees them through to the head of the log.
 */
class Workload {
  private readonly options: WorkloadOptions
  private readonly meter = new WorkloadMeter()
  private readonly watchers = new Map<string, ReadonlyArray<EventWatcher>>()
  private sampler: FenceSampler | undefined
  private clients: ReadonlyArray<Promise<void>> = []
  private isRunning = true

  private constructor(options: WorkloadOptions) {
    this.options = options
  }

  /** Somebody must answer by now: catalogue and head of the log are read first. */
  static async start(options: WorkloadOptions): Promise<Workload> {
    const workload = new Workload(options)
    await workload.open().catch(async (error: unknown) => {
      await workload.close()
      throw error
    })
    return workload
  }

  /** So far; `stop` has the last word. */
  stats(): WorkloadOptions.Stats {
    return this.meter.read()
  }

  /** Waits for the operations in flight, which is as long as their patience at most. */
  async stop(): Promise<WorkloadOptions.Stats> {
    this.isRunning = false
    await Promise.all(this.clients)
    this.options.history.flush()
    return this.stats()
  }

  /**
   * Until there is no outbox row, due job, order in flight or pending delivery and every stream has the head; then the
   * streams are closed. What is left after the deadline is a violation, and stands in the history.
   */
  async drain({
    databaseUrl,
    millis = _drainMillis
  }: WorkloadOptions.Drain): Promise<WorkloadOptions.Drained> {
    const startedAt = performance.now()
    let left: ReadonlyArray<string> = []
    do {
      left = await this.left(databaseUrl).catch((error: Error) => [
        `the database does not answer: ${error.message}`
      ])
      if (left.length > 0) await delay(_drainPauseMillis)
    } while (left.length > 0 && performance.now() - startedAt < millis)
    const result: HistoryEntry.DrainResult = { millis: Math.round(performance.now() - startedAt), left }
    this.options.history.append({
      process: "observer",
      operation: "drain",
      tenant: "",
      key: "drain",
      phase: left.length === 0 ? "ok" : "fail",
      result
    })
    await this.close()
    return { isDrained: left.length === 0, ...result }
  }

  /** Closes everything at once, drained or not. */
  async close(): Promise<void> {
    this.isRunning = false
    await Promise.all([...this.watchers.values()].flat().map((watcher) => watcher.close()))
    await this.sampler?.stop()
    await Promise.all(this.clients)
    this.options.history.flush()
  }

  private async open(): Promise<void> {
    const { databaseUrl, history, seed, tenants } = this.options
    const prefix = `chaos-${seed}-${Date.now()}`
    const canaries = Object.fromEntries(tenants.map(({ slug }) => [slug, Canary.of(slug, prefix)]))
    const args: HistoryEntry.RunArgs = { seed, prefix, canaries }
    history.append({ process: "observer", operation: "run", tenant: "", key: prefix, phase: "invoke", args })
    const desks = await Promise.all(tenants.map((_, index) => this.desk(index, prefix, canaries)))
    for (const desk of desks) await this.watch(desk)
    this.sampler = databaseUrl === undefined ? undefined : FenceSampler.start(databaseUrl, history)
    const root = new Seeded(seed)
    this.clients = desks.flatMap((desk) =>
      Array.from({ length: this.options.clients }, (_, index) => {
        const process = `${desk.options.slug}-${index + 1}`
        return this.client({ process, desk, chance: root.fork(process) })
      })
    )
  }

  private desk(
    index: number,
    prefix: string,
    canaries: Readonly<Record<string, string>>
  ): Promise<TenantDesk> {
    const { history, patienceMillis = _patienceMillis, tenants, url } = this.options
    const { apiKey, slug } = tenants[index] ?? { apiKey: "", slug: "" }
    const foreign = Object.entries(canaries).flatMap(([other, word]) => (other === slug ? [] : [word]))
    return TenantDesk.open({
      slug,
      place: index + 1,
      prefix,
      canary: canaries[slug] ?? "",
      target: { url, apiKey, foreign, timeoutMillis: _requestMillis },
      history,
      meter: this.meter,
      patienceMillis
    })
  }

  private async watch(desk: TenantDesk): Promise<void> {
    const { slug } = desk.options
    const names = Array.from(
      { length: this.options.streams ?? _streams },
      (_, index) => `${slug}-stream-${index + 1}`
    )
    this.watchers.set(slug, await Promise.all(names.map((name) => EventWatcher.open(name, desk))))
  }

  private async client(client: WorkloadClient): Promise<void> {
    const { mix = _mix, pauseMillis = 0 } = this.options
    while (this.isRunning) {
      await ClientOperations[client.chance.weighted(mix)](client)
      if (pauseMillis > 0) await delay(client.chance.between(0, 2 * pauseMillis))
    }
  }

  private async left(databaseUrl: string): Promise<ReadonlyArray<string>> {
    const rows = await Leftovers.read(databaseUrl)
    const heads = await Leftovers.heads(databaseUrl)
    const behind = [...this.watchers].flatMap(([slug, watchers]) =>
      watchers.flatMap(({ seq }, index) => {
        const head = heads.get(slug) ?? 0
        return seq >= head ? [] : [`stream ${index + 1} of ${slug} is at ${seq} of ${head}`]
      })
    )
    return [...rows, ...behind]
  }
}

export { Workload }
