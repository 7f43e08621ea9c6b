import { join } from "node:path"
import { type Meter } from "../support/meter.ts"
import { type BenchDatabases } from "./bench-databases.ts"
import { Contender } from "./contender.ts"
import { type Field } from "./field.ts"
import { measure } from "./measure.ts"
import { Plan } from "./plan.ts"
import { type Redis } from "./redis.ts"

declare namespace takeTurn {
  interface Run {
    readonly plan: Plan.Sizes
    readonly databases: BenchDatabases
    readonly meter: Meter
    readonly redis?: Redis.Server | undefined
    /** A folder: what the contenders' processes say goes there. */
    readonly logs: string
    /** Processes that submit. */
    readonly submitters: number
    readonly say: (line: string) => void
  }
  interface Measured {
    readonly name: string
    readonly figure: measure.Figure
  }
}

const textOf = ({ error, failed, handledTwice, key, load, perSecond, waits }: measure.Figure) => {
  const trouble = [
    ...(failed > 0 ? [`${failed} FAILED (${error})`] : []),
    ...(handledTwice > 0 ? [`${handledTwice} handled twice`] : [])
  ]
  const rate = key.includes("@") ? `${waits.length} measured` : `${Math.round(perSecond)}/s`
  return `${key.padEnd(11)}${rate.padStart(14)}   load ${load.toFixed(1)}  ${trouble.join(", ")}`
}

/** One contender in one round: started anew, warmed, measured, stopped; nobody else runs meanwhile. */
const takeTurn = async (
  entry: Field.Entry,
  round: number,
  run: takeTurn.Run
): Promise<ReadonlyArray<takeTurn.Measured>> => {
  const { databases, logs, meter, plan, redis, say, submitters } = run
  // So that no contender pays for the pages that another one has touched.
  await databases.query("postgres", "CHECKPOINT")
  const log = join(logs, `${entry.name}.log`)
  const contender = await Contender.start({ name: entry.name, programs: await entry.programs(), log })
  try {
    const place = { meter, database: entry.database, otherServer: redis?.pid, submitters }
    const own = (items: ReadonlyArray<Plan.Item>) => items.filter(({ load }) => entry.loads.includes(load))
    const broken = new Set<string>()
    const measured: Array<takeTurn.Measured> = []
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

export { takeTurn }
