import { mkdirSync, writeFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { join } from "node:path"
import { Paths } from "../scripts/launcher/paths.ts"
import { type BenchDatabases } from "./durability/bench-databases.ts"
import { Field } from "./durability/field.ts"
import { installPeers } from "./durability/install-peers.ts"
import { Plan } from "./durability/plan.ts"
import { printTable } from "./durability/print-table.ts"
import { Redis } from "./durability/redis.ts"
import { Summary } from "./durability/summary.ts"
import { SwitchEvidence } from "./durability/switch-evidence.ts"
import { takeTurn } from "./durability/take-turn.ts"
import { Targets } from "./durability/targets.ts"
import { benchBed } from "./support/bench-bed.ts"

type Say = (line: string) => void

const folder = join(Paths.build, "bench")

/** Without a fault nothing may fail, and nothing may be handled a second time. */
const wrong = ({
  figure: { error, failed, handledTwice, key },
  name
}: takeTurn.Measured): ReadonlyArray<string> => [
  ...(failed > 0 ? [`${name}: ${failed} of ${key} failed: ${error}`] : []),
  ...(handledTwice > 0 ? [`${name}: ${handledTwice} of ${key} were handled twice`] : [])
]

/** Who does not start is left out, and what is said of it is not reached. */
const turnOrNothing = (
  entry: Field.Entry,
  round: number,
  run: takeTurn.Run
): Promise<ReadonlyArray<takeTurn.Measured>> =>
  takeTurn(entry, round, run).catch((error: Error) => {
    run.say(`  ${round}  ${entry.name} FAILED: ${error.message}`)
    return []
  })

const allRounds = async (run: takeTurn.Run, peers: ReadonlyArray<Field.Entry>) => {
  const sides = Field.sides(run.databases)
  const entries = [...sides, ...peers]
  for (const { name, note, prepare } of entries) {
    run.say(`  ${name.padEnd(13)}${note}`)
    await prepare()
  }
  const figures: Array<takeTurn.Measured> = []
  for (let round = 1; round <= run.plan.rounds; round++) {
    for (const entry of entries) figures.push(...(await turnOrNothing(entry, round, run)))
  }
  const evidence = await Promise.all(
    sides.map(async ({ name }) => ({ name, seen: await SwitchEvidence.of(run.databases, name) }))
  )
  return { figures, evidence, notes: Object.fromEntries(entries.map(({ name, note }) => [name, note])) }
}

const peersOf = async (
  databases: BenchDatabases,
  redis: Redis.Server | undefined,
  args: ReadonlyArray<string>,
  say: Say
) => {
  if (args.includes("--sides")) return { peers: [], versions: {} }
  const versions = await installPeers(say)
  if (versions === undefined) return { peers: [], versions: {} }
  return { peers: Field.peers(databases, redis), versions }
}

const write = (result: object): string => {
  mkdirSync(folder, { recursive: true })
  const at = new Date().toISOString().replaceAll(":", "-")
  const file = join(folder, `durability-${at}.json`)
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  return file
}

const machine = () => ({ processors: cpus().length, model: cpus()[0]?.model, node: process.version })

/**
 * Stock and ours in turn, then the peers, each alone on one PostgreSQL. `--quick` takes smaller counts and one round;
 * with `--check` the exit code is 1 when a must is not reached; `--sides` leaves the peers out.
 */
const durability = async (say: Say, args: ReadonlyArray<string>): Promise<number> => {
  const isQuick = args.includes("--quick")
  // One keeps 64 under way by itself; with three each replica's batches are a third as large.
  const submitters = args.includes("--three-submitters") ? 3 : 1
  const startedAt = performance.now()
  return benchBed(async ({ databases, logs, meter, temporary }) => {
    const program = Redis.program()
    const redis = program === undefined ? undefined : await Redis.start(program, temporary)
    try {
      say(
        `  load average ${loadavg()
          .map((each) => each.toFixed(1))
          .join(" ")}; logs in ${logs}`
      )
      if (redis === undefined) say("  there is no redis-server here, so BullMQ is left out")
      const { peers, versions } = await peersOf(databases, redis, args, say)
      const plan = isQuick ? Plan.quick : Plan.full
      const { evidence, figures, notes } = await allRounds(
        { plan, databases, meter, redis, logs, submitters, say },
        peers
      )
      const table = Summary.of(figures)
      const targets = Targets.of(table)
      const complaints = [
        ...evidence.flatMap(({ name, seen }) => SwitchEvidence.complaints(name, seen)),
        ...figures.filter(({ name }) => name === "ours" || name === "stock").flatMap(wrong)
      ]
      say("")
      printTable(table, targets, say)
      for (const complaint of complaints) say(`  ${complaint}`)
      const seconds = Math.round((performance.now() - startedAt) / 1000)
      const file = write({
        at: new Date().toISOString(),
        quick: isQuick,
        submitters,
        seconds,
        machine: machine(),
        loadAverage: loadavg(),
        counted: { statements: meter.counts, wal: "pg_current_wal_insert_lsn", redis: Redis.durability },
        versions,
        notes,
        evidence,
        complaints,
        targets,
        contenders: Object.fromEntries([...table].map(([name, cells]) => [name, Object.fromEntries(cells)]))
      })
      say(`  ${seconds} s, load average ${loadavg()[0]?.toFixed(1)}; ${file}`)
      const isGood =
        complaints.length === 0 && targets.every(({ isReached, kind }) => kind === "goal" || isReached)
      return args.includes("--check") && !isGood ? 1 : 0
    } finally {
      await redis?.stop()
    }
  })
}

export { durability }
