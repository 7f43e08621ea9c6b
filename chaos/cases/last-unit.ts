import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { newProduct } from "../bed/new-product.ts"
import { ProviderBooks } from "../bed/provider-books.ts"
import { randomDeaths } from "../bed/random-deaths.ts"
import { LastUnitRound } from "./last-unit-round.ts"

const rounds = 200
const roundsAtOnce = 20
const deaths = 5

interface Played {
  readonly plan: LastUnitRound.Plan
  readonly sku: string
  /** Of the buyers, in their order. */
  readonly orders: ReadonlyArray<string>
}

interface Row {
  readonly id: string
  readonly status: string
  readonly reason: string | null
  readonly moves: ReadonlyArray<string>
}

/** One unit, and everybody asks for it at the same moment, each at another replica. */
const play = async (bed: Bed, plan: LastUnitRound.Plan, sku: string): Promise<Played> => {
  const tenants = bed.fleet.tenants()
  const slug = tenants[plan.index % tenants.length]?.slug ?? ""
  await newProduct(bed, { sku, initial: 1, slug })
  const orders = await Promise.all(
    plan.buyers.map((paymentToken, buyer) =>
      bed.place({ sku, slug, paymentToken, at: bed.fleet.replica(1 + ((plan.index + buyer) % 3)) })
    )
  )
  // One that does not end is found below, with everything else about it.
  await bed.allEnded(orders).catch(() => undefined)
  return { plan, sku, orders }
}

const playAll = async (bed: Bed, prefix: string): Promise<ReadonlyArray<Played>> => {
  const played: Array<Played> = []
  let next = 0
  const hand = async () => {
    while (next < rounds) {
      const plan = LastUnitRound.plan(bed.fleet.seed, next++)
      played.push(await play(bed, plan, `${prefix}-${plan.index}`))
    }
  }
  await Promise.all(Array.from({ length: roundsAtOnce }, hand))
  return played
}

/** Rounds in which two transactions wanted the unit at the same time, and from how many replicas they came at most. */
const contested = async (bed: Bed, prefix: string) => {
  const [row] = await bed.fleet.sql<{ readonly rounds: number; readonly across: number }>(
    `WITH wanted AS MATERIALIZED (
       SELECT l.sku, s.key, s.replica, s.started_at, s.ended_at FROM order_lines l
       JOIN saga_steps s ON s.key = l.order_id || '/1' AND s.step = 'reserve' AND s.direction = 'forward'
       WHERE l.sku LIKE $1)
     SELECT count(DISTINCT a.sku)::int AS rounds,
       (count(DISTINCT a.sku) FILTER (WHERE a.replica <> b.replica))::int AS across
     FROM wanted a JOIN wanted b ON b.sku = a.sku AND b.key > a.key
       AND b.started_at < a.ended_at AND a.started_at < b.ended_at`,
    [`${prefix}-%`]
  )
  return row ?? { rounds: 0, across: 0 }
}

const rowsOf = async (bed: Bed, prefix: string): Promise<ReadonlyMap<string, Row>> => {
  const rows = await bed.fleet.sql<Row>(
    `SELECT o.id, o.status, o.reason, (SELECT coalesce(jsonb_agg(kind ORDER BY kind), '[]') FROM stock_ledger s
       WHERE s.tenant_id = o.tenant_id AND s.cause = 'order:' || o.id || ':1') AS moves
     FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id WHERE l.sku LIKE $1`,
    [`${prefix}-%`]
  )
  return new Map(rows.map((row) => [row.id, row]))
}

const stocksOf = async (bed: Bed, prefix: string) => {
  const rows = await bed.fleet.sql<LastUnitRound.Seen["stock"] & { readonly sku: string }>(
    "SELECT sku, available::int, reserved::int, sold::int FROM products WHERE sku LIKE $1",
    [`${prefix}-%`]
  )
  return new Map(rows.map(({ sku, ...stock }) => [sku, stock]))
}

const judge = async (bed: Bed, prefix: string, played: ReadonlyArray<Played>) => {
  const rows = await rowsOf(bed, prefix)
  const stocks = await stocksOf(bed, prefix)
  const books = await ProviderBooks.read(bed.fleet)
  for (const { orders, plan, sku } of played) {
    const buyers = orders.flatMap((order, index) => {
      const [row, card] = [rows.get(order), plan.buyers[index]]
      return row === undefined || card === undefined ? [] : [{ ...row, order, card, ...books.of(order) }]
    })
    const stock = stocks.get(sku) ?? { available: -1, reserved: -1, sold: -1 }
    for (const wrong of LastUnitRound.judge(plan, { buyers, stock })) bed.expect(false, wrong)
  }
  return [...rows.values()].filter(({ status }) => status === "fulfilled").length
}

/** Nobody may sell what is not there, nor keep what could be sold. */
const lastUnit: ChaosCase = {
  id: "LAST-UNIT",
  title: "200 times four buyers for the last unit, while replicas are killed",
  does: "200 products with one unit, four orders each at the same moment through three replicas, a quarter of the rounds with cards that are declined, flaky or slow; 20 rounds at a time, SIGKILL of any replica five times.",
  expected:
    "Never two fulfilled; with good cards exactly one, the others out of stock and never charged; stock, ledger and the providers' books agree for each order.",
  workload: { clients: 1, pauseMillis: 1_000 },
  run: async (bed) => {
    const prefix = bed.unique("LAST")
    const startedAt = performance.now()
    let isOver = false
    const playing = playAll(bed, prefix).finally(() => {
      isOver = true
    })
    const [played, kills] = await Promise.all([
      playing,
      randomDeaths(bed, { isOver: () => isOver, most: deaths })
    ])
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const fulfilled = await judge(bed, prefix, played)
    const { across, rounds: contestedRounds } = await contested(bed, prefix)
    bed.expect(played.length === rounds, `only ${played.length} rounds were played`)
    bed.expect(kills > 1, `only ${kills} replicas were killed`)
    bed.expect(across > 0, "no two replicas ever wanted a unit at the same time")
    return { rounds, fulfilled, contestedRounds, contestedAcrossReplicas: across, kills, seconds }
  }
}

export { lastUnit }
