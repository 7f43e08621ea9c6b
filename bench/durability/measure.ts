import { loadavg } from "node:os"
import { until } from "../../tests/support/until.ts"
import { type Meter } from "../support/meter.ts"
import { processorMillis } from "../support/processor-millis.ts"
import { type Contender } from "./contender.ts"
import { Plan } from "./plan.ts"
import { type Protocol } from "./protocol.ts"

declare namespace measure {
  interface Place {
    readonly meter: Meter
    /** Undefined for who keeps nothing in PostgreSQL. */
    readonly database: string | undefined
    /** A server beside PostgreSQL. */
    readonly otherServer: number | undefined
    /** Processes that submit. */
    readonly submitters: number
  }
  interface Cost {
    /** Of an operation: all processes of the contender, and its server. */
    readonly nodeMillis: number
    readonly serverMillis: number
    readonly statements: number
    readonly walBytes: number
  }
  interface Figure {
    readonly key: string
    readonly count: number
    readonly perSecond: number
    readonly roundTrips: ReadonlyArray<number>
    /** From the submit to the start of the handler; empty where the caller waits for the end. */
    readonly waits: ReadonlyArray<number>
    readonly cost: measure.Cost
    readonly failed: number
    readonly error?: string
    readonly handledTwice: number
    readonly load: number
  }
}

const drainMillis = 40_000
/** Replicas write a little also when nobody asks them for anything. */
const quietMillis = 1_000

const readings = async (contender: Contender, { database, meter, otherServer }: measure.Place) => {
  const nodeMillis = await contender.cpuMillis()
  const { databaseMillis, statements, walBytes } = await meter.read(database ?? "postgres")
  return database === undefined
    ? {
        nodeMillis,
        serverMillis: otherServer === undefined ? Number.NaN : processorMillis(otherServer),
        statements: Number.NaN,
        walBytes: Number.NaN
      }
    : { nodeMillis, serverMillis: databaseMillis, statements, walBytes }
}

/** Of those that were done; with none there is no cost of one. */
const perOperation = (before: measure.Cost, after: measure.Cost, done: number): measure.Cost => {
  const count = done === 0 ? Number.NaN : done
  return {
    nodeMillis: (after.nodeMillis - before.nodeMillis) / count,
    serverMillis: (after.serverMillis - before.serverMillis) / count,
    statements: (after.statements - before.statements) / count,
    walBytes: (after.walBytes - before.walBytes) / count
  }
}

/** Handlers of these run when the submitter has gone on. */
const isLate = (load: Protocol.Load) => load === "discard" || load === "job"

const untilSeen = (contender: Contender, tag: string, least: number) =>
  until(
    `${contender.name} has handled ${least} of ${tag}`,
    async () => {
      const { distinct } = await contender.seen(tag)
      return distinct >= least
    },
    drainMillis,
    20
  )

/** Drives one load and says what it took, the work that follows the last answer included. */
const measure = async (
  contender: Contender,
  place: measure.Place,
  item: Plan.Item,
  tag: string
): Promise<measure.Figure> => {
  const { count, load, perSecond } = item
  const before = await readings(contender, place)
  const pace = perSecond === undefined ? {} : { perSecond }
  const drove = await contender.drive(
    { load, tag, count, inFlight: Plan.inFlight, ...pace },
    place.submitters
  )
  const done = count - drove.failed
  if (isLate(load)) await untilSeen(contender, tag, done)
  if (load === "failing") await untilSeen(contender, `${tag}/undo`, 2 * done)
  await place.meter.untilQuiet(quietMillis)
  const after = await readings(contender, place)
  const { distinct, lastAt, total, waits } = await contender.seen(tag, isLate(load))
  return {
    key: Plan.keyOf(item),
    count,
    perSecond: (1000 * done) / ((isLate(load) ? lastAt : drove.endedAt) - drove.startedAt),
    roundTrips: drove.roundTrips,
    waits,
    cost: perOperation(before, after, done),
    failed: drove.failed,
    ...(drove.error === undefined ? {} : { error: drove.error }),
    handledTwice: total - distinct,
    load: loadavg()[0] ?? Number.NaN
  }
}

export { measure }
