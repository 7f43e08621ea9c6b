import { type HistoryEntry } from "./history-entry.ts"

declare namespace HistoryOperations {
  interface Operation {
    readonly process: string
    readonly operation: HistoryEntry.Operation
    readonly tenant: string
    readonly key: string
    readonly args: unknown
    readonly startedAt: number
    endedAt: number
    /**
     * What is known in the end. `info`: it may have happened, now or later. An answer 4xx after an attempt without an
     * answer is `info` too: the first attempt may have done it. `refused`: every answer was 503, nobody did it.
     */
    status: Exclude<HistoryEntry.Phase, "invoke">
    /** Of the last `ok`. */
    result: unknown
    /** The lines themselves, as far as they are few. */
    readonly lines: Array<HistoryEntry.Line>
  }
}

/** Collects the lines of each operation; streams, faults and observations are left out. */
class HistoryOperations {
  private readonly byKey = new Map<string, HistoryOperations.Operation>()

  take(line: HistoryEntry.Line): void {
    if (["stream", "fault", "fence", "drain", "run"].includes(line.operation)) return
    const id = `${line.tenant} ${line.operation} ${line.key}`
    const known = this.byKey.get(id)
    if (known === undefined) {
      this.byKey.set(id, {
        process: line.process,
        operation: line.operation,
        tenant: line.tenant,
        key: line.key,
        args: line.args,
        startedAt: line.at,
        endedAt: line.at,
        // Begun and never heard of again is unknown, too.
        status: line.phase === "invoke" ? "info" : line.phase,
        result: line.phase === "ok" ? line.result : undefined,
        lines: [line]
      })
      return
    }
    known.lines.push(line)
    known.endedAt = line.at
    if (line.phase === "invoke") return
    const wasUnknown = known.lines.some(({ phase }) => phase === "info")
    if (line.phase === "ok") Object.assign(known, { status: "ok", result: line.result })
    else if (known.status !== "ok") known.status = wasUnknown ? "info" : line.phase
  }

  of(operation: HistoryEntry.Operation): ReadonlyArray<HistoryOperations.Operation> {
    return [...this.byKey.values()].filter((one) => one.operation === operation)
  }

  get all(): ReadonlyArray<HistoryOperations.Operation> {
    return [...this.byKey.values()]
  }
}

export { HistoryOperations }
