import { setTimeout as delay } from "node:timers/promises"
import { type HistoryEntry } from "../history/history-entry.ts"
import { ApiCall } from "./api-call.ts"
import { Canary } from "./canary.ts"
import { type TenantDesk } from "./tenant-desk.ts"

type Seen = HistoryEntry.Seen["events"][number]

/** Longer than two heartbeats: what is silent for so long is dead. */
const _silenceMillis = 65_000
const _answerMillis = 10_000

/**
 * One event stream, held open whatever breaks: it comes back with `Last-Event-ID` and notes every event that it is shown,
 * also one that it has seen before.
 */
class EventWatcher {
  private readonly process: string
  private readonly desk: TenantDesk
  private aborter = new AbortController()
  private isOpen = true
  private last: number
  private running: Promise<void> = Promise.resolve()

  private constructor(process: string, desk: TenantDesk, head: number) {
    this.process = process
    this.desk = desk
    this.last = head
  }

  static async open(process: string, desk: TenantDesk): Promise<EventWatcher> {
    const { slug, target } = desk.options
    const answer = await ApiCall.send(target, { method: "GET", path: "/v1/event-log?limit=1" })
    if (answer.phase !== "ok") throw new Error(`No event log of ${slug}: ${answer.status} ${answer.text}`)
    const watcher = new EventWatcher(process, desk, (answer.body as { readonly head: number }).head)
    watcher.running = watcher.hold()
    return watcher
  }

  /** The last sequence number that arrived. */
  get seq(): number {
    return this.last
  }

  async close(): Promise<void> {
    this.isOpen = false
    this.aborter.abort()
    await this.running
  }

  private async hold(): Promise<void> {
    for (let connection = 1; this.isOpen; connection++) {
      const line = {
        process: this.process,
        operation: "stream",
        tenant: this.desk.options.slug,
        key: `${this.process}#${connection}`
      } as const
      const { history, meter } = this.desk.options
      history.append({
        ...line,
        phase: "invoke",
        args: { after: this.last } satisfies HistoryEntry.StreamArgs
      })
      const why = await this.connection(line).catch((error: Error) => `${error.name}: ${error.message}`)
      if (!this.isOpen) return
      history.append({ ...line, phase: "info", result: { why } })
      meter.count("reconnects")
      await delay(200)
    }
  }

  private async connection(line: Omit<HistoryEntry.Line, "at" | "phase">): Promise<string> {
    const { target } = this.desk.options
    this.aborter = new AbortController()
    const { signal } = this.aborter
    let timer = setTimeout(() => this.aborter.abort(), _answerMillis)
    try {
      const response = await fetch(`${target.url}/v1/events`, {
        headers: {
          authorization: `Bearer ${target.apiKey}`,
          accept: "text/event-stream",
          "last-event-id": String(this.last)
        },
        signal
      })
      if (response.status !== 200 || response.body === null) return `status ${response.status}`
      const decoder = new TextDecoder()
      let rest = ""
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer)
        timer = setTimeout(() => this.aborter.abort(), _silenceMillis)
        const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n")
        rest = frames.pop() ?? ""
        this.take(line, frames)
      }
      return "ended"
    } finally {
      clearTimeout(timer)
    }
  }

  private take(line: Omit<HistoryEntry.Line, "at" | "phase">, frames: ReadonlyArray<string>): void {
    const { history, meter, target } = this.desk.options
    const events = frames.flatMap(eventsOf)
    const foreign = Canary.foreign(frames.join("\n\n"), target.foreign)
    const last = events.at(-1)
    if (last !== undefined) this.last = last.seq
    if (events.length === 0 && foreign.length === 0) return
    meter.count("events", events.length)
    history.append({ ...line, phase: "ok", result: { events, ...(foreign.length > 0 ? { foreign } : {}) } })
  }
}

/** None for a comment, which is a heartbeat, and for the greeting. */
const eventsOf = (frame: string): ReadonlyArray<Seen> => {
  const data = frame.split("\n").flatMap((row) => (row.startsWith("data:") ? [row.slice(5)] : []))
  if (data.length === 0) return []
  const { aggregateId, id, seq, type, version } = JSON.parse(data.join("\n")) as Seen
  return [{ seq, id, type, aggregateId, version }]
}

export { EventWatcher }
