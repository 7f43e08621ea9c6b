import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { HistoryEntry } from "./history-entry.ts"

/** Reads a history line by line; half a line at the very end was never finished and is left out. */
const HistoryReader = {
  lines: async function* (file: string): AsyncGenerator<HistoryEntry.Line> {
    const input = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
    let broken: string | undefined
    for await (const text of input) {
      if (broken !== undefined) throw new Error(`${file} holds a broken line: ${broken}`)
      const line = parse(text)
      if (HistoryEntry.is(line)) yield line
      else broken = text
    }
  },
  all: async (file: string): Promise<ReadonlyArray<HistoryEntry.Line>> => {
    const lines: Array<HistoryEntry.Line> = []
    for await (const line of HistoryReader.lines(file)) lines.push(line)
    return lines
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export { HistoryReader }
