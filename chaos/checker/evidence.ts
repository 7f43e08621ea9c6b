import { type HistoryEntry } from "../history/history-entry.ts"
import { HistoryOperations } from "../history/history-operations.ts"
import { HistoryReader } from "../history/history-reader.ts"

declare namespace Evidence {
  type Seen = HistoryEntry.Seen["events"][number] & { readonly at: number; readonly connection: string }
  interface Stream {
    readonly process: string
    readonly tenant: string
    /** Where it began. */
    readonly after: number
    readonly seen: ReadonlyArray<Seen>
  }
  interface Found {
    readonly tenant: string
    readonly line: HistoryEntry.Line
    readonly text: string
  }
}

type MutableStream = Omit<Evidence.Stream, "seen"> & { readonly seen: Array<Evidence.Seen> }

/** A history as the checks ask it: operations, streams, faults, observations. Read line by line, once. */
class Evidence {
  readonly operations = new HistoryOperations()
  readonly streams = new Map<string, MutableStream>()
  readonly faults: Array<HistoryEntry.Line> = []
  readonly fences: Array<HistoryEntry.Line> = []
  readonly drains: Array<HistoryEntry.Line> = []
  readonly runs: Array<HistoryEntry.RunArgs> = []
  /** Answers and frames that held another tenant's canary. */
  readonly foreign: Array<Evidence.Found> = []
  startedAt = Number.POSITIVE_INFINITY
  endedAt = 0

  static async read(file: string): Promise<Evidence> {
    const evidence = new Evidence()
    for await (const line of HistoryReader.lines(file)) evidence.take(line)
    return evidence
  }

  /** Canary by slug of every run in the file. */
  canaries(): ReadonlyArray<readonly [slug: string, word: string]> {
    return this.runs.flatMap(({ canaries }) => Object.entries(canaries))
  }

  private take(line: HistoryEntry.Line): void {
    this.startedAt = Math.min(this.startedAt, line.at)
    this.endedAt = Math.max(this.endedAt, line.at)
    this.operations.take(line)
    this.search(line)
    if (line.operation === "stream") this.stream(line)
    if (line.operation === "fault") this.faults.push(line)
    if (line.operation === "fence") this.fences.push(line)
    if (line.operation === "drain") this.drains.push(line)
    if (line.operation === "run") this.runs.push(line.args as HistoryEntry.RunArgs)
  }

  private stream(line: HistoryEntry.Line): void {
    const known = this.streams.get(line.process)
    if (line.phase === "invoke" && known === undefined) {
      const { after } = line.args as HistoryEntry.StreamArgs
      this.streams.set(line.process, { process: line.process, tenant: line.tenant, after, seen: [] })
    }
    if (line.phase !== "ok" || known === undefined) return
    const { events } = line.result as HistoryEntry.Seen
    known.seen.push(...events.map((event) => ({ ...event, at: line.at, connection: line.key })))
  }

  /** What the client noted, and what stands in the answers that were kept. */
  private search(line: HistoryEntry.Line): void {
    if (line.tenant === "" || line.result === undefined) return
    const { foreign = [] } = line.result as HistoryEntry.Foreign
    const text = JSON.stringify(line.result)
    const words = this.canaries().flatMap(([slug, word]) =>
      slug !== line.tenant && text.includes(word) ? [word] : []
    )
    if (foreign.length === 0 && words.length === 0) return
    this.foreign.push({ tenant: line.tenant, line, text: foreign[0] ?? words.join(", ") })
  }
}

export { Evidence }
