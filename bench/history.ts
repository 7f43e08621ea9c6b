import { loadavg } from "node:os"
import { Field } from "./durability/field.ts"
import { Plan } from "./durability/plan.ts"
import { seedHistory } from "./durability/seed-history.ts"
import { Summary } from "./durability/summary.ts"
import { takeTurn } from "./durability/take-turn.ts"
import { benchBed } from "./support/bench-bed.ts"

const rows = 1_000_000
const seconds = 20
/** Above this a p99 counts as moved by what lies in the tables. */
const mostTimes = 1.2

/** What of each load is looked at: a message and a job are over when they start, the rest when it is answered. */
const looked = [
  ["request-reply", "request", "roundTrip"],
  ["message submit->start", "discard", "start"],
  ["job submit->start", "job", "start"],
  ["saga", "saga", "roundTrip"]
] as const

const counts = `SELECT (SELECT count(*) FROM app.jobs)::int AS jobs,
  (SELECT count(*) FROM cluster.workflow_journal)::int AS journal`

/** The same program on a database that is empty at first and on one with a million finished jobs and steps, in turn. */
const history = async (say: (line: string) => void, args: ReadonlyArray<string>): Promise<number> =>
  benchBed(async ({ databases, logs, meter }) => {
    const entries = [Field.ours(databases, "young"), Field.ours(databases, "old")]
    for (const { prepare } of entries) await prepare()
    await seedHistory(databases, "old", rows)
    const [seeded] = await databases.query<{ readonly jobs: number; readonly journal: number }>("old", counts)
    say(
      `  old: ${seeded?.jobs} jobs, ${seeded?.journal} steps; load ${loadavg()[0]?.toFixed(1)}; logs in ${logs}`
    )
    const run = { plan: Plan.paced(seconds), databases, meter, logs, submitters: 1, say }
    const figures: Array<takeTurn.Measured> = []
    for (let round = 1; round <= run.plan.rounds; round++)
      for (const entry of entries) figures.push(...(await takeTurn(entry, round, run)))
    const table = Summary.of(figures)
    const moved = looked.map(([label, load, what]) => {
      const key = `${load}@${Plan.rate}`
      const [young, old] = ["young", "old"].map((name) => table.get(name)?.get(key))
      const times = (old?.[`${what}P99`] ?? Number.NaN) / (young?.[`${what}P99`] ?? Number.NaN)
      const pair = (cell: Summary.Cell | undefined) =>
        `${cell?.[`${what}P50`].toFixed(1)} / ${cell?.[`${what}P99`].toFixed(1)} ms`
      say(
        `  ${label.padEnd(24)}young ${pair(young).padEnd(20)}old ${pair(old).padEnd(20)}p99 ${times.toFixed(2)} x`
      )
      return times
    })
    const isGood = moved.every((times) => times <= mostTimes)
    say(`  must: no p99 above ${mostTimes} x: ${isGood ? "held" : "NOT HELD"}`)
    return args.includes("--check") && !isGood ? 1 : 0
  })

export { history }
