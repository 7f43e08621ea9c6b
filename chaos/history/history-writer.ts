import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { type HistoryEntry } from "./history-entry.ts"

const _flushBytes = 64 * 1024
const _flushMillis = 250

/**
 * Appends lines to the one history of a run; several writers of one process share the instance. Lines are held back for
 * at most a quarter of a second, so a killed run loses no more than that: `close` it.
 */
class HistoryWriter {
  readonly file: string
  private readonly handle: number
  private readonly timer: NodeJS.Timeout
  private pending = ""
  private isOpen = true

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true })
    this.file = file
    this.handle = openSync(file, "a")
    this.timer = setInterval(() => this.flush(), _flushMillis)
    this.timer.unref()
  }

  append(line: Omit<HistoryEntry.Line, "at"> & { readonly at?: number }): void {
    if (!this.isOpen) return
    this.pending += `${JSON.stringify({ at: Date.now(), ...line })}\n`
    if (this.pending.length >= _flushBytes) this.flush()
  }

  /** A fault begins (`invoke`) or has ended (`ok`). */
  fault(name: string, phase: "invoke" | "ok", args?: unknown): void {
    this.append({ process: "nemesis", operation: "fault", tenant: "", key: name, phase, args })
  }

  flush(): void {
    if (this.pending === "") return
    const text = this.pending
    this.pending = ""
    writeSync(this.handle, text)
  }

  close(): void {
    if (!this.isOpen) return
    this.flush()
    this.isOpen = false
    clearInterval(this.timer)
    fsyncSync(this.handle)
    closeSync(this.handle)
  }
}

export { HistoryWriter }
