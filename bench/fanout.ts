import { loadavg } from "node:os"
import { FanoutBed } from "./fanout/fanout-bed.ts"
import { atRate } from "./support/at-rate.ts"
import { Meter } from "./support/meter.ts"
import { monotonic } from "./support/monotonic.ts"
import { processorMillis } from "./support/processor-millis.ts"
import { Samples } from "./support/samples.ts"
import { temporaryPostgres } from "./support/temporary-postgres.ts"

const perSecond = 50
const seconds = 20
const warmUp = 8
const rounds = 2
const hands = 16
/** Transactions of one and of twenty events, as fast as they are taken. */
const bursts = [
  { title: "one event a transaction", count: 1, transactions: 600 },
  { title: "20 events a transaction", count: 20, transactions: 150 }
]
const mustMillis = 200
const goalMillis = 50
const percent = 100

type Say = (line: string) => void
type Waits = Readonly<Record<FanoutBed.Door, Array<number>>>

const emitted = {
  product: (bed: FanoutBed) => bed.emit(1),
  bare: (bed: FanoutBed) => bed.emitBare()
} as const

/** At 50 a second; how long each event took to each client, added to `waits`. */
const paced = async (bed: FanoutBed, side: FanoutBed.Side, length: number, waits: Waits, say: Say) => {
  await bed.take(side)
  const before = await bed.crowd.processorMillis()
  const startedAt = monotonic()
  const { failed, results } = await atRate(perSecond, length, () => emitted[side](bed))
  if (failed > 0) throw new Error(`${failed} events could not be emitted`)
  await bed.arrived(side, results.length)
  const share = ((await bed.crowd.processorMillis()) - before) / (monotonic() - startedAt)
  for (const [door, arrivals] of await bed.take(side)) {
    for (const { at, skus } of results) {
      // Not by a spread: there are more of them than a call takes arguments.
      for (const sku of skus) for (const time of arrivals[sku] ?? []) waits[door].push(time - at)
    }
  }
  say(
    `  ${side}: ${results.length} events in ${length} s; the clients' process used ${Math.round(share * percent)} % of a core; load ${loadavg()[0]?.toFixed(1)}`
  )
}

const readings = async ({ fleet }: FanoutBed, meter: Meter, database: string) => ({
  ...(await meter.read(database)),
  replicaMillis: fleet.replicas.reduce((sum, { pid }) => sum + processorMillis(pid), 0)
})

/** As fast as they are taken, until every client has every one of them. */
const burst = async (
  bed: FanoutBed,
  meter: Meter,
  database: string,
  { count, title, transactions }: (typeof bursts)[number],
  say: Say
) => {
  await bed.take("product")
  const before = await readings(bed, meter, database)
  const startedAt = monotonic()
  let left = transactions
  const hand = async () => {
    while (left > 0) {
      left -= 1
      await bed.emit(count)
    }
  }
  await Promise.all(Array.from({ length: hands }, hand))
  const committed = monotonic() - startedAt
  const events = transactions * count
  const took = (await bed.arrived("product", events)) - startedAt
  await meter.untilQuiet(1_000)
  const after = await readings(bed, meter, database)
  await bed.take("product")
  const each = (key: keyof typeof before) => ((after[key] - before[key]) / events).toFixed(2)
  say(
    `  ${title}: ${((events * 1000) / committed).toFixed(0)} events a second committed, ${((events * 1000) / took).toFixed(0)} delivered to all`
  )
  say(
    `    an event: CPU ${each("replicaMillis")} ms replicas + ${each("databaseMillis")} ms PostgreSQL, ${each("statements")} ${meter.counts}; load ${loadavg()[0]?.toFixed(1)}`
  )
}

const ratios = (ours: Samples, limit: Samples) =>
  [0.5, 0.95, 0.99].map((share) => (ours.quantile(share) / limit.quantile(share)).toFixed(1)).join(" / ")

const measure = async (bed: FanoutBed, meter: Meter, database: string, say: Say): Promise<number> => {
  await paced(bed, "product", warmUp, { rpc: [], sse: [], bare: [] }, say)
  await paced(bed, "bare", warmUp, { rpc: [], sse: [], bare: [] }, say)
  const waits: Waits = { rpc: [], sse: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    await paced(bed, "product", seconds, waits, say)
    await paced(bed, "bare", seconds, waits, say)
  }
  const [rpc, sse, bare] = [new Samples(waits.rpc), new Samples(waits.sse), new Samples(waits.bare)]
  say(`  from commit on replica 1 to ${FanoutBed.sockets} sockets of 2 and 3   ${rpc.text}`)
  say(`  from commit on replica 1 to ${FanoutBed.streams} event streams       ${sse.text}`)
  say(`  bare ws, ${FanoutBed.sockets + FanoutBed.streams} sockets                          ${bare.text}`)
  say(`  times bare ws, p50 / p95 / p99: sockets ${ratios(rpc, bare)}; streams ${ratios(sse, bare)}`)
  for (const one of bursts) await burst(bed, meter, database, one, say)
  return Math.max(rpc.quantile(0.99), sse.quantile(0.99))
}

/** From a commit on one replica to the subscribers of the others, beside the least that it could take. */
const fanout = (say: Say, args: ReadonlyArray<string>): Promise<number> =>
  temporaryPostgres(async (postgres) => {
    const meter = await Meter.of(postgres)
    const bed = await FanoutBed.start(postgres.url, say)
    try {
      say(`${perSecond} events a second of ${FanoutBed.slugs.length} tenants`)
      const database = new URL(bed.fleet.databaseUrl()).pathname.slice(1)
      const p99 = await measure(bed, meter, database, say)
      const isGood = p99 < mustMillis
      say(
        `  must: p99 below ${mustMillis} ms: ${isGood ? "held" : "NOT HELD"}; goal: ${goalMillis} ms: ${p99 < goalMillis ? "reached" : "not reached"}`
      )
      return args.includes("--check") && !isGood ? 1 : 0
    } finally {
      await bed.stop()
    }
  })

export { fanout }
