import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { join } from "node:path"
import { Paths } from "../../scripts/launcher/paths.ts"
import { type ChaosCase } from "./chaos-case.ts"
import { type runCase } from "./run-case.ts"

interface Result {
  readonly id: string
  readonly date: string
  readonly seed: number
  readonly machine: string
  readonly holds: boolean
  readonly figures: ChaosCase.Figures
  readonly failures: ReadonlyArray<string>
  readonly violations: ReadonlyArray<string>
  readonly seconds: number
}

const folder = () => join(Paths.build, "chaos-results")
const gigabyte = 1024 ** 3
const machine = `${cpus().length} cores, ${Math.round(totalmem() / gigabyte)} GB, Node ${process.versions.node}`

const results = (): ReadonlyMap<string, Result> => {
  if (!existsSync(folder())) return new Map()
  const read = (name: string) => JSON.parse(readFileSync(join(folder(), name), "utf8")) as Result
  return new Map(readdirSync(folder()).map((name) => [read(name).id, read(name)]))
}

const words = (name: string) => name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)

/** `takeOverMillis: 3933` reads `take over 3,933 ms`. */
const figure = ([name, value]: readonly [string, string | number | boolean]) => {
  const text = typeof value === "number" ? value.toLocaleString("en-US") : String(value)
  const said = words(name)
  return said.includes(" millis") ? `${said.replace(" millis", "")} ${text} ms` : `${said} ${text}`
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const measured = ({ failures, figures, holds, violations }: Result) => {
  const numbers = Object.entries(figures).map(figure).join("; ")
  const missed = [...failures.map((failure) => failure.split("\n")[0] ?? ""), ...violations]
  return holds ? `**held**: ${numbers}` : `**did not hold**: ${missed.join("; ")} (${numbers})`
}

const row = (chaosCase: ChaosCase, result: Result | undefined) =>
  [
    chaosCase.id,
    chaosCase.does,
    chaosCase.expected,
    result === undefined ? "not run" : measured(result),
    result?.date ?? "",
    result === undefined ? "" : String(result.seed)
  ]
    .map(cell)
    .join(" | ")

const page = (cases: ReadonlyArray<ChaosCase>) => {
  const known = results()
  const machines = [...new Set([...known.values()].map((result) => result.machine))]
  return `# Reliability, measured

What three replicas of this product do when something breaks, seen from outside. Written by
\`npm run chaos -- --report\`; a single case again: \`npm run chaos -- --case RF-13 --seed 7\`.

Every case runs on three real replicas, PostgreSQL, payment provider, carrier and webhook receiver, started from the parts
that \`npm start\` uses, with a TCP proxy in front of PostgreSQL and of each runner. Clients of two tenants place, cancel,
restock, import, read and listen all the while; afterwards the faults are healed, the work is drained, and a checker
compares what the clients were told with the database, the provider's books and the receiver's log. While a case runs, stock,
money and histories are held to their promises every 2 s, each time on one snapshot. A case holds when what it expects was
seen, the drain ended, and no invariant was broken.

Take-over is the time from the fault until a probe that the lost replica owned is answered by another process, for the slowest of
the probes.

Machine: ${machines.join("; ") || "none yet"}, everything on one host.

| Case | What is done | Expected | Measured | Date | Seed |
| --- | --- | --- | --- | --- | --- |
${cases.map((chaosCase) => `| ${row(chaosCase, known.get(chaosCase.id))} |`).join("\n")}
`
}

/** Remembers the last outcome of each case, and makes a page of them. */
const Report = {
  keep: ({ failures, figures, id, seconds, seed, violations }: runCase.Outcome): void => {
    mkdirSync(folder(), { recursive: true })
    const result: Result = {
      id,
      seed,
      figures,
      failures,
      seconds,
      machine,
      date: new Date().toISOString().slice(0, 10),
      holds: failures.length + violations.length === 0,
      violations: violations.map(({ invariant, message }) => `${invariant}: ${message}`)
    }
    writeFileSync(join(folder(), `${id}.json`), `${JSON.stringify(result, null, 2)}\n`)
  },

  write: (cases: ReadonlyArray<ChaosCase>): string => {
    const file = Paths.inRepo("docs/reliability.md")
    writeFileSync(file, page(cases))
    return file
  }
}

export { Report }
