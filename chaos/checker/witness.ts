import { HistoryReader } from "../history/history-reader.ts"
import { type Finding } from "./finding.ts"

/** Lines of the history that one violation shows beside its own witness. */
const _shown = 6
const _characters = 600
const _id = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g

/** Adds to each finding the lines of the history that name the same order, product or event. */
const Witness = {
  complete: async (
    findings: ReadonlyArray<Finding>,
    historyFile: string
  ): Promise<ReadonlyArray<Finding>> => {
    const wanted = findings.map(({ witness }) => new Set(witness.join(" ").match(_id) ?? []))
    const lines = findings.map((): Array<string> => [])
    if (wanted.some(({ size }) => size > 0)) {
      for await (const line of HistoryReader.lines(historyFile)) {
        const text = JSON.stringify(line)
        const ids = new Set(text.match(_id) ?? [])
        for (const [index, set] of wanted.entries()) {
          const own = lines[index]
          const isNew = own !== undefined && own.length < _shown && !findings[index]?.witness.includes(text)
          if (isNew && [...set].some((id) => ids.has(id))) own.push(cut(text))
        }
      }
    }
    return findings.map((finding, index) => ({
      ...finding,
      witness: [...finding.witness.map(cut), ...(lines[index] ?? [])]
    }))
  }
}

const cut = (text: string): string => (text.length > _characters ? `${text.slice(0, _characters)}…` : text)

export { Witness }
