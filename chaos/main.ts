import { type ChaosCase } from "./bed/chaos-case.ts"
import { FleetPool } from "./bed/fleet-pool.ts"
import { Report } from "./bed/report.ts"
import { runCase } from "./bed/run-case.ts"
import { allCases } from "./cases/all-cases.ts"
import { randomSchedule } from "./cases/random-schedule.ts"
import { smoke } from "./cases/smoke.ts"
import { Checker } from "./checker/checker.ts"

declare namespace chaos {
  interface Arguments {
    /** Ids of cases; all of them when absent. */
    readonly case?: ReadonlyArray<string> | undefined
    readonly minutes?: string | undefined
    readonly seed?: string | undefined
    readonly smoke?: boolean | undefined
    readonly report?: boolean | undefined
  }
}

const text = ({ failures, figures, historyFile, moments, stats, violations }: runCase.Outcome): string =>
  [
    `  ${JSON.stringify(figures)}`,
    `  load: ${JSON.stringify(stats)}`,
    `  moments: ${JSON.stringify(moments)}`,
    `  history: ${historyFile}`,
    ...failures.map((failure) => `  NOT AS EXPECTED: ${failure}`),
    ...(violations.length === 0 ? [] : [Checker.text(violations)])
  ].join("\n")

const chosen = ({ case: ids, minutes, smoke: isSmoke }: chaos.Arguments): ReadonlyArray<ChaosCase> => {
  if (isSmoke === true) return [smoke]
  if (minutes !== undefined && ids === undefined) return [randomSchedule(Number(minutes))]
  if (ids === undefined) return allCases
  const known = allCases.filter(({ id }) => ids.includes(id))
  const missing = ids.filter((id) => !known.some((one) => one.id === id))
  if (missing.length > 0) throw new Error(`There is no case ${missing.join(", ")}.`)
  return known
}

const runAll = async (
  args: chaos.Arguments,
  seed: number,
  pool: FleetPool,
  say: (line: string) => void
): Promise<number> => {
  const outcomes: Array<runCase.Outcome> = []
  const minutes = args.minutes === undefined ? {} : { minutes: Number(args.minutes) }
  for (const chaosCase of chosen(args)) {
    say(`\n== ${chaosCase.id} ${chaosCase.title}`)
    const outcome = await runCase({ fleet: await pool.of(chaosCase), chaosCase, seed, say, ...minutes })
    say(text(outcome))
    outcomes.push(outcome)
    Report.keep(outcome)
  }
  if (args.report === true) say(`written: ${Report.write(allCases)}`)
  const broken = outcomes.filter(({ failures, violations }) => failures.length + violations.length > 0)
  say(`\n${outcomes.length - broken.length} held, ${broken.length} failed (seed ${seed})`)
  return broken.length === 0 ? 0 : 1
}

/** `npm run chaos`: exit code 0 when every case held. An abort stops the fleet and rejects. */
const chaos = async (
  args: chaos.Arguments,
  say: (line: string) => void,
  signal: AbortSignal
): Promise<number> => {
  const seed = Number(args.seed ?? Date.now() % 1_000_000)
  say(`seed ${seed}`)
  const pool = new FleetPool(seed, say)
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("stopped")))
  })
  try {
    return await Promise.race([runAll(args, seed, pool, say), aborted])
  } finally {
    await pool.stop()
  }
}

export { chaos }
