const _candidates = [",", ";", "\t", "|"] as const

/**
 * Guesses what separates the cells of a text file from its first lines.
 * A candidate counts only outside quotes; lines that agree with the header weigh more than many hits
 * in one line.
 */
const Delimiter = {
  detect: (sample: string): string => {
    const lines = _lines(sample)
    const ranked = _candidates
      .map((delimiter) => ({ delimiter, score: _score(lines, delimiter) }))
      .sort((a, b) => b.score - a.score)
    return ranked[0] !== undefined && ranked[0].score > 0 ? ranked[0].delimiter : ","
  }
} as const

/** The first 20 lines, quoted parts blanked; a last line that the sample cuts off is left out. */
const _lines = (sample: string): ReadonlyArray<string> => {
  const lines = sample.replace(/"[^"]*("|$)/g, "").split(/[\r\n]+/)
  return lines.length > 1
    ? lines
        .slice(0, -1)
        .filter((line) => line !== "")
        .slice(0, 20)
    : lines
}

const _hits = (line: string, delimiter: string): number => line.split(delimiter).length - 1

const _score = (lines: ReadonlyArray<string>, delimiter: string): number => {
  const inHeader = _hits(lines[0] ?? "", delimiter)
  const agreeing = lines.filter((line) => _hits(line, delimiter) === inHeader).length
  return inHeader === 0 ? 0 : agreeing * 100 + Math.min(inHeader, 99)
}

export { Delimiter }
