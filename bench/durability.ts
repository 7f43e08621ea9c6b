import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { bundle } from "../scripts/launcher/bundle.ts"
import { LastResort } from "../scripts/launcher/last-resort.ts"
import { Paths } from "../scripts/launcher/paths.ts"
import { startPostgres } from "../scripts/postgres.ts"
import { BenchDatabases } from "./durability/bench-databases.ts"
import { Contender } from "./durability/contender.ts"
import { Field } from "./durability/field.ts"
import { installPeers } from "./durability/install-peers.ts"
import { measure } from "./durability/measure.ts"
import { Plan } from "./durability/plan.ts"
import { printTable } from "./durability/print-table.ts"
import { Redis } from "./durability/redis.ts"
import { Summary } from "./durability/summary.ts"
import { SwitchEvidence } from "./durability/switch-evidence.ts"
import { Targets } from "./durability/targets.ts"
import { Meter } from "./support/meter.ts"

type Say = (line: string) => void

interface Run {
  readonly plan: Plan.Sizes
  readonly databases: BenchDatabases
  readonly meter: Meter
  readonly redis: Redis.Server | undefined
  readonly logs: string
  readonly submitters: number
  readonly say: Say
}

interface Measured {
  readonly name: string
  readonly figure: measure.Figure
}

const folder = join(Paths.build, "bench")

const textOf = ({ error, failed, handledTwice, key, load, perSecond, waits }: measure.Figure) => {
  const trouble = [
    ...(failed > 0 ? [`${failed} FAILED (${error})`] : []),
    ...(handledTwice > 0 ? [`${handledTwice} handled twice`] : [])
  ]
  const rate = key.includes("@") ? `${waits.length} measured` : `${Math.round(perSecond)}/s`
  return `${key.padEnd(11)}${rate.padStart(14)}   load ${load.toFixed(1)}  ${trouble.join(", ")}`
}

/** Without a fault nothing may fail, and nothing may be handled a second time. */
const wrong = ({ figure: { error, failed, handledTwice, key }, name }: Measured): ReadonlyArray<string> => [
  ...(failed > 0 ? [`${name}: ${failed} of ${key} failed: ${error}`] : []),
  ...(handledTwice > 0 ? [`${name}: ${handledTwice} of ${key} were handled twice`] : [])
]

/** One contender in one round: started anew, warmed, measured, stopped; nobody else runs meanwhile. */
const takeTurn = async (entry: Field.Entry, round: number, run: Run): Promise<ReadonlyArray<Measured>> => {
  const { databases, logs, meter, plan, redis, say, submitters } = run
  // So that no contender pays for the pages that another one has touched.
  await databases.query("postgres", "CHECKPOINT")
  const log = join(logs, `${entry.name}.log`)
  const contender = await Contender.start({ name: entry.name, programs: await entry.programs(), log })
  try {
    const place = { meter, database: entry.database, otherServer: redis?.pid, submitters }
    const own = (items: ReadonlyArray<Plan.Item>) => items.filter(({ load }) => entry.loads.includes(load))
    const broken = new Set<string>()
    const measured: Array<Measured> = []
    const take = async (item: Plan.Item, tag: string) => {
      // What fails once is not waited for again.
      if (broken.has(item.load)) return undefined
      return measure(contender, place, item, tag).catch((error: Error) => {
        broken.add(item.load)
        say(`  ${round}  ${entry.name.padEnd(12)}${tag} FAILED: ${error.message}`)
        return undefined
      })
    }
    for (const item of own(plan.warming)) await take(item, `warming-${round}-${Plan.keyOf(item)}`)
    for (const item of own(plan.items)) {
      const figure = await take(item, `round-${round}-${Plan.keyOf(item)}`)
      if (figure === undefined) continue
      measured.push({ name: entry.name, figure })
      say(`  ${round}  ${entry.name.padEnd(12)}${textOf(figure)}`)
    }
    return measured
  } finally {
    await contender.stop()
  }
}

/** Who does not start is left out, and what is said of it is not reached. */
const turnOrNothing = (entry: Field.Entry, round: number, run: Run): Promise<ReadonlyArray<Measured>> =>
  takeTurn(entry, round, run).catch((error: Error) => {
    run.say(`  ${round}  ${entry.name} FAILED: ${error.message}`)
    return []
  })

const allRounds = async (run: Run, peers: ReadonlyArray<Field.Entry>) => {
  const sides = Field.sides(run.databases)
  const entries = [...sides, ...peers]
  for (const { name, note, prepare } of entries) {
    run.say(`  ${name.padEnd(13)}${note}`)
    await prepare()
  }
  const figures: Array<Measured> = []
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
  const temporary = mkdtempSync(join(tmpdir(), "tessera-bench-"))
  const logs = join(folder, "logs")
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true })
  const postgres = await startPostgres({
    dataDir: join(temporary, "pg"),
    persistent: false,
    settings: { shared_preload_libraries: "pg_stat_statements" }
  })
  // A signal ends this process before the `finally` below has its turn.
  const onExit = () => {
    LastResort.fire()
    rmSync(temporary, { recursive: true, force: true })
  }
  process.once("exit", onExit)
  const program = Redis.program()
  const redis = program === undefined ? undefined : await Redis.start(program, temporary)
  try {
    await bundle({ outdir: folder, entries: [["runner", "bench/runner-main.ts"]] })
    const meter = await Meter.of(postgres)
    const databases = new BenchDatabases(postgres)
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
    await postgres.stop()
    process.off("exit", onExit)
    rmSync(temporary, { recursive: true, force: true })
  }
}

export { durability }
