import { randomUUID } from "node:crypto"
import { loadavg } from "node:os"
import { ChaosFleet } from "../chaos/bed/chaos-fleet.ts"
import { until } from "../tests/support/until.ts"
import { atRate } from "./support/at-rate.ts"
import { Meter } from "./support/meter.ts"
import { processorMillis } from "./support/processor-millis.ts"
import { Samples } from "./support/samples.ts"
import { temporaryPostgres } from "./support/temporary-postgres.ts"

const products = 50
const hands = 32
const warming = 600
const closed = 1_000
const seconds = 20
const rates = [5, 10, 15, 20, 30, 40, 60, 80]
/** From placed to fulfilled, for 95 of 100 orders: the highest rate that holds this is what is looked for. */
const goalMillis = 2_000
const patienceMillis = 120_000

type Say = (line: string) => void

interface Bench {
  readonly fleet: ChaosFleet
  readonly meter: Meter
  readonly database: string
  readonly say: Say
}

const post = async (
  { fleet }: Bench,
  index: number,
  path: string,
  body: object,
  key: string = randomUUID()
) => {
  const tenants = fleet.tenants()
  const response = await fetch(`${fleet.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${tenants[index % tenants.length]?.apiKey}`,
      "content-type": "application/json",
      "idempotency-key": key
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000)
  })
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

const catalogue = async (bench: Bench) => {
  for (let index = 0; index < 2 * products; index++) {
    const sku = `BENCH-${Math.floor(index / 2)}`
    await post(bench, index, "/v1/products", { sku, name: sku, priceMinor: 1_990, initial: 1_000_000 })
  }
}

/** One line, one unit; both tenants and all products in turn. */
const place = (bench: Bench, tag: string, index: number) =>
  post(
    bench,
    index,
    "/v1/orders",
    {
      lines: [{ sku: `BENCH-${Math.floor(index / 2) % products}`, quantity: 1 }],
      paymentToken: "tok_ok",
      postcode: "12345"
    },
    `bench-${tag}-${index}`
  )

/** By PostgreSQL's clock alone: from the order's transaction to that of its last event. */
const waits = ({ fleet }: Bench, tag: string) =>
  fleet.sql<{ readonly millis: number }>(
    `SELECT (extract(epoch FROM e.occurred_at - o.placed_at) * 1000)::float8 AS millis
     FROM orders o JOIN events e ON e.tenant_id = o.tenant_id AND e.aggregate_id = o.id::text
       AND e.type = 'order.fulfilled'
     WHERE o.idempotency_key LIKE $1`,
    [`bench-${tag}-%`]
  )

const untilFulfilled = (bench: Bench, tag: string, count: number) =>
  until(
    `${count} orders of ${tag} are fulfilled`,
    async () => (await waits(bench, tag)).length >= count,
    patienceMillis,
    250
  )

const readings = async ({ database, fleet, meter }: Bench) => ({
  ...(await meter.read(database)),
  replicaMillis: fleet.replicas.reduce((sum, { pid }) => sum + processorMillis(pid), 0)
})

/** What `load` did, for each of its orders, until all of them were fulfilled. */
const costOf = async (bench: Bench, tag: string, count: number, load: () => Promise<unknown>) => {
  const before = await readings(bench)
  const startedAt = performance.now()
  await load()
  await untilFulfilled(bench, tag, count)
  const took = (performance.now() - startedAt) / 1000
  await bench.meter.untilQuiet(2_000)
  const after = await readings(bench)
  const each = (key: keyof typeof before) => ((after[key] - before[key]) / count).toFixed(1)
  const samples = new Samples((await waits(bench, tag)).map(({ millis }) => millis))
  const cost = `CPU ${each("replicaMillis")} ms replicas + ${each("databaseMillis")} ms PostgreSQL, ${each("statements")} ${bench.meter.counts}`
  bench.say(`    placed to fulfilled ${samples.text}`)
  bench.say(`    an order: ${cost}; load ${loadavg()[0]?.toFixed(1)}`)
  return { took, samples }
}

const atOnce = async (bench: Bench, tag: string, count: number) => {
  let next = 0
  const hand = async () => {
    while (next < count) await place(bench, tag, next++)
  }
  await Promise.all(Array.from({ length: hands }, hand))
}

/** True when 95 of 100 orders were fulfilled in time. */
const holdsAt = async (bench: Bench, rate: number): Promise<boolean> => {
  const tag = `rate${rate}`
  bench.say(`  ${rate} orders a second for ${seconds} s`)
  const { samples } = await costOf(bench, tag, rate * seconds, async () => {
    const { failed } = await atRate(rate, seconds, (index) => place(bench, tag, index))
    if (failed > 0) throw new Error(`${failed} orders could not be placed`)
  })
  return samples.quantile(0.95) < goalMillis
}

const measure = async (bench: Bench) => {
  const { say } = bench
  await catalogue(bench)
  await atOnce(bench, "warm", warming)
  await untilFulfilled(bench, "warm", warming)
  say(`  ${closed} orders, ${hands} placed at a time, as fast as they are taken`)
  const { took } = await costOf(bench, "closed", closed, () => atOnce(bench, "closed", closed))
  say(`    ${(closed / took).toFixed(1)} orders a second from the first request to the last fulfilment`)
  let best = 0
  for (const rate of rates) {
    if (!(await holdsAt(bench, rate))) break
    best = rate
  }
  say(`  p95 below ${goalMillis} ms holds at ${best} orders a second`)
}

/** The product on three replicas, past the bed's proxies, with its sandbox of a bank and a carrier. */
const orders = (say: Say): Promise<number> =>
  temporaryPostgres(async (postgres) => {
    const fleet = await ChaosFleet.start({ seed: 1, say, isDirect: true, databaseUrl: postgres.url })
    try {
      const meter = await Meter.of(postgres)
      await measure({ fleet, meter, database: new URL(fleet.databaseUrl()).pathname.slice(1), say })
      return 0
    } finally {
      await fleet.stop()
    }
  })

export { orders }
