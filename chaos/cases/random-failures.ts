import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosFleet } from "../bed/chaos-fleet.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { DearOrder } from "../bed/dear-order.ts"
import { newProduct } from "../bed/new-product.ts"
import { randomDeaths } from "../bed/random-deaths.ts"
import { SagaPoints } from "../bed/saga-points.ts"
import { Seeded } from "../workload/seeded.ts"

type Trouble = Parameters<ChaosFleet["panel"]>[0]

interface Placed {
  readonly order: string
  readonly paymentToken: string
  readonly postcode: string
  /** Its cancellation was accepted. */
  readonly isCancelled: boolean
}

const trialMillis = 180_000
const perSecond = 4
const deaths = 12
const patienceMillis = 180_000
/** How long somebody may take to come to a failpoint before its replica is killed all the same. */
const hitMillis = 5_000
/** Some are rare: an undo, an approval. */
const pointsAtOnce = 6

const tokens = { tok_ok: 62, tok_declined: 8, tok_insufficient_funds: 4, tok_flaky_30: 18, tok_timeout: 8 }
const postcodes = { "10115": 84, "00000": 8, "99999": 8 }
const kinds = { plain: 80, cancelled: 12, dear: 8 }
/** Neither of them can ever be paid, or sent. */
const hopeless: ReadonlyArray<string> = ["tok_declined", "tok_insufficient_funds", "00000"]

/**
 * Not for longer than a step's first four attempts, so that what is undone is not left to a person; what is
 * nevertheless is tried again by one, see `retryStuck`.
 */
const badMillis = { least: 2_000, most: 6_000 } as const
const goodMillis = { least: 1_000, most: 4_000 } as const

const troubles: ReadonlyArray<(chance: Seeded) => Trouble> = [
  (chance) => ({ errorRatePercent: chance.between(10, 50) }),
  (chance) => ({ latencyMillis: chance.between(200, 2_000) }),
  (chance) => ({ latencyMillis: chance.between(4_000, 7_000) }),
  () => ({ carrierOutage: true }),
  () => ({ errorRatePercent: 100 }),
  (chance) => ({ declineRatePercent: chance.between(20, 80) }),
  (chance) => ({ errorRatePercent: chance.between(10, 30), latencyMillis: chance.between(100, 1_000) })
]

const placeOne = async (
  bed: Bed,
  chance: Seeded,
  skus: { readonly plain: string; readonly dear: string }
): Promise<Placed> => {
  const kind = chance.weighted(kinds)
  const paymentToken = chance.weighted(tokens)
  const postcode = chance.weighted(postcodes)
  const cancelMillis = chance.between(0, 3_000)
  const order = await bed.place({ paymentToken, postcode, sku: kind === "dear" ? skus.dear : skus.plain })
  if (kind !== "cancelled") return { order, paymentToken, postcode, isCancelled: false }
  await bed.quiet(cancelMillis)
  const answer = await bed.answered({ method: "POST", path: `/v1/orders/${order}/cancel` })
  return { order, paymentToken, postcode, isCancelled: answer.status === 200 }
}

/** At a steady rate, whatever becomes of those before. */
const placeAll = async (bed: Bed, isOver: () => boolean): Promise<ReadonlyArray<Placed>> => {
  const chance = new Seeded(bed.fleet.seed)
  const plain = await newProduct(bed, { sku: bed.unique("FAILURES"), initial: 10_000 })
  const skus = { plain, dear: await DearOrder.product(bed, 10_000) }
  const placing: Array<Promise<Placed | undefined>> = []
  const startedAt = performance.now()
  while (!isOver()) {
    const dueAt = startedAt + (placing.length * 1_000) / perSecond
    await bed.quiet(Math.max(0, dueAt - performance.now()))
    const one = placeOne(bed, chance.fork(`${placing.length}`), skus).catch((error: Error) => {
      bed.expect(false, `an order was not placed: ${error.message}`)
      return undefined
    })
    placing.push(one)
  }
  return (await Promise.all(placing)).filter((one) => one !== undefined)
}

/** Payment provider and carrier: bad for some seconds, good for some seconds, as the seed picks. */
const trouble = async (bed: Bed, isOver: () => boolean): Promise<number> => {
  const chance = new Seeded(bed.fleet.seed).fork("trouble")
  let count = 0
  while (!isOver()) {
    const settings = chance.pick(troubles)(chance)
    await bed.fault("provider trouble", settings, async () => {
      await bed.fleet.panel(settings)
      await bed.quiet(chance.between(badMillis.least, badMillis.most))
      await bed.fleet.panel({})
    })
    count += 1
    await bed.quiet(chance.between(goodMillis.least, goodMillis.most))
  }
  return count
}

/** SIGKILL at one of the failpoints that the seed picks, or, where nobody comes there in time, wherever it is. */
const killAtPoint = async (bed: Bed, victim: ChaosReplica, hits: Array<string>): Promise<void> => {
  const points = Array.from({ length: pointsAtOnce }, () => bed.pick(SagaPoints.all))
  victim.failpoints(Object.fromEntries(points.map((point) => [point, "pause"])))
  const hit = () => victim.hits()[0]?.name
  await bed.seen(() => hit() !== undefined, performance.now(), hitMillis)
  const point = hit() ?? null
  if (point !== null) hits.push(point)
  // It may have been killed for its silence, or not have come back yet.
  if (victim.pid > 0) {
    await bed.fault("SIGKILL", { replica: victim.name, point }, () => victim.kill())
  }
  victim.failpoints({})
}

/** A person of each tenant looks at what waits for approval and at what is stuck; every third order is rejected. */
const attend = async (bed: Bed, isOver: () => boolean) => {
  const done = { decided: 0, stuck: 0 }
  while (!isOver()) {
    for (const { slug } of bed.fleet.tenants()) {
      await decideAll(bed, slug, done).catch(() => undefined)
      await retryStuck(bed, slug, done).catch(() => undefined)
    }
    await bed.quiet(2_000)
  }
  return done
}

const decideAll = async (bed: Bed, slug: string, done: { decided: number }): Promise<void> => {
  const { body } = await bed.send({ path: "/v1/orders?approval=pending&limit=50" }, slug)
  for (const { id } of (body as { readonly items: ReadonlyArray<{ readonly id: string }> }).items) {
    const verdict = done.decided % 3 === 2 ? "reject" : "approve"
    const path = `/v1/orders/${id}/${verdict}`
    const { status } = await bed.send({ method: "POST", path, body: {} }, slug)
    if (status === 200) done.decided += 1
  }
}

const retryStuck = async (bed: Bed, slug: string, done: { stuck: number }): Promise<void> => {
  const { body } = await bed.send({ path: "/v1/stuck-steps" }, slug)
  for (const { attempt, direction, orderId, step } of body as ReadonlyArray<Record<string, unknown>>) {
    const place = { attempt, direction, orderId, step }
    const { status } = await bed.send({ method: "POST", path: "/v1/stuck-steps/retry", body: place }, slug)
    if (status === 202) done.stuck += 1
  }
}

const judge = async (bed: Bed, placed: ReadonlyArray<Placed>) => {
  const rows = await bed.fleet.sql<{ readonly id: string; readonly status: string }>(
    "SELECT id, status FROM orders WHERE id = ANY ($1)",
    [placed.map(({ order }) => order)]
  )
  const ends = new Map(rows.map(({ id, status }) => [id, status]))
  const fulfilled = placed.filter(({ order }) => ends.get(order) === "fulfilled")
  for (const { isCancelled, order, paymentToken, postcode } of fulfilled) {
    const cannot = hopeless.filter((one) => one === paymentToken || one === postcode)
    bed.expect(cannot.length === 0, `order ${order} is fulfilled with ${cannot.join(" and ")}`)
    bed.expect(!isCancelled, `order ${order} is fulfilled, and its cancellation was accepted`)
  }
  bed.expect(
    4 * fulfilled.length > placed.length,
    `only ${fulfilled.length} of ${placed.length} went through`
  )
  return fulfilled.length
}

/** Everything at once that each may do wrong by itself. */
const randomFailures: ChaosCase = {
  id: "RANDOM-FAILURES",
  title: "providers and replicas fail at random for three minutes",
  does: "Four orders a second with cards and addresses of every kind, some cancelled, some to be approved; the providers' errors, latency, outages and declines change every few seconds; SIGKILL of any replica at any failpoint of the saga or anywhere, twelve times.",
  expected:
    "Stock, money and histories are right at every moment, looked at every 2 s; every order ends, none is fulfilled that cannot be, and each book agrees in the end.",
  workload: { clients: 1, pauseMillis: 500 },
  run: async (bed) => {
    const endsAt = performance.now() + trialMillis
    const isOver = () => performance.now() >= endsAt
    const hits: Array<string> = []
    let hasEnded = false
    const attending = attend(bed, () => hasEnded)
    const work = async () => {
      const [placed, troublesMade, kills] = await Promise.all([
        placeAll(bed, isOver),
        trouble(bed, isOver),
        randomDeaths(bed, { isOver, most: deaths, kill: (victim) => killAtPoint(bed, victim, hits) })
      ])
      const orders = placed.map(({ order }) => order)
      await bed.allEnded(orders, patienceMillis)
      return { placed, troublesMade, kills }
    }
    const { kills, placed, troublesMade } = await work().finally(() => {
      hasEnded = true
    })
    const { decided, stuck } = await attending
    const fulfilled = await judge(bed, placed)
    bed.expect(kills > 3, `only ${kills} replicas were killed`)
    bed.expect(hits.length > 0, "nobody was killed at a failpoint")
    return {
      orders: placed.length,
      fulfilled,
      troubles: troublesMade,
      kills,
      atFailpoints: hits.length,
      decided,
      stuckTriedAgain: stuck
    }
  }
}

export { randomFailures }
