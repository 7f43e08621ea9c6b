import { type Summary } from "./summary.ts"
import { type Targets } from "./targets.ts"

type Column = Exclude<keyof Summary.Cell, "perSecondOfRounds" | "loads">

const rows: ReadonlyArray<readonly [string, string, Column]> = [
  ["request-reply /s", "request", "perSecond"],
  ["  p50 ms", "request", "roundTripP50"],
  ["  p99 ms", "request", "roundTripP99"],
  ["request-reply, new actor each, /s", "fresh", "perSecond"],
  ["fire-and-forget /s", "discard", "perSecond"],
  ["message submit->start at 50/s, p50 ms", "discard@50", "startP50"],
  ["  p99 ms", "discard@50", "startP99"],
  ["jobs /s", "job", "perSecond"],
  ["job submit->start at 50/s, p50 ms", "job@50", "startP50"],
  ["  p99 ms", "job@50", "startP99"],
  ["sagas /s", "saga", "perSecond"],
  ["  p50 ms", "saga", "roundTripP50"],
  ["  p99 ms", "saga", "roundTripP99"],
  ["failing sagas /s (2 compensations)", "failing", "perSecond"],
  ...(["request", "fresh", "discard", "job", "saga", "failing"] as const).flatMap(
    (key) =>
      [
        [`CPU-ms per ${key}`, key, "cpuMillis"],
        ["  of it Node", key, "nodeMillis"],
        [`statements per ${key}`, key, "statements"],
        [`WAL bytes per ${key}`, key, "walBytes"]
      ] as const
  )
]

const number = (value: number) => {
  if (!Number.isFinite(value)) return "-"
  if (value >= 100) return Math.round(value).toLocaleString("en")
  return value.toFixed(value >= 10 ? 1 : 2)
}

const labelWidth = 40
const width = 12

/** One line a figure, one column a contender; `x` is ours against stock. */
const printTable = (
  table: Summary.Table,
  targets: ReadonlyArray<Targets.Target>,
  say: (line: string) => void
): void => {
  const names = [...table.keys()]
  const columns = [...names.slice(0, 2), "ours/stock", ...names.slice(2)]
  say(`  ${"".padEnd(labelWidth)}${columns.map((name) => name.padStart(width)).join("")}`)
  for (const [label, key, column] of rows) {
    const pick = (name: string) => table.get(name)?.get(key)?.[column] ?? Number.NaN
    const cells = columns.map((name) =>
      name === "ours/stock" ? `${number(pick("ours") / pick("stock"))} x` : number(pick(name))
    )
    say(`  ${label.padEnd(labelWidth)}${cells.map((cell) => cell.padStart(width)).join("")}`)
  }
  say("")
  for (const { isReached, kind, unit, value, what } of targets) {
    const measured = Number.isNaN(value) ? "not measured" : `${value.toFixed(2)} ${unit}`
    say(
      `  ${kind.padEnd(6)}${what.padEnd(58)}${measured.padStart(14)}  ${isReached ? "reached" : "NOT REACHED"}`
    )
  }
}

export { printTable }
