import { until } from "../../tests/support/until.ts"
import { type Bed } from "../bed/bed.ts"
import { type ChaosCase } from "../bed/chaos-case.ts"
import { type ChaosReplica } from "../bed/chaos-replica.ts"
import { DearOrder } from "../bed/dear-order.ts"
import { newProduct } from "../bed/new-product.ts"
import { ProviderBooks } from "../bed/provider-books.ts"
import { quietMix } from "../workload/quiet-mix.ts"
import { CancelTable } from "./cancel-table.ts"

interface Held {
  readonly order: string
  /** Has the saga in its hands. */
  readonly owner: ChaosReplica
  /** Of the cancellation, which came through another one. */
  readonly answer: Bed.Answer
}

/** Who began the latest step. */
const workedOn = async (bed: Bed, order: string): Promise<ChaosReplica> => {
  const [row] = await bed.fleet.sql<{ readonly replica: string }>(
    "SELECT replica FROM saga_steps WHERE key = $1 || '/1' ORDER BY ordinal DESC LIMIT 1",
    [order]
  )
  return bed.fleet.named(row?.replica ?? "")
}

const cancel = (bed: Bed, order: string, owner: ChaosReplica) =>
  bed.cancel(order, bed.pick(bed.fleet.others(owner)))

/** Held first, and cancelled then. */
const held = async (bed: Bed, point: string, placing: Bed.Placing): Promise<Held> => {
  let order = ""
  const owner = await bed.caught(point, "pause", async () => {
    order = await bed.place(placing)
  })
  return { order, owner, answer: await cancel(bed, order, owner) }
}

/** Waits by itself; the cancellation wakes it, and it is held when it has a replica again. */
const pending = async (bed: Bed, point: string): Promise<Held> => {
  const order = await DearOrder.pending(bed, CancelTable.units)
  const waiting = await workedOn(bed, order)
  let answer: Bed.Answer | undefined
  const owner = await bed.caught(point, "pause", async () => {
    answer = await cancel(bed, order, waiting)
  })
  if (answer === undefined) throw new Error("Nobody has cancelled it.")
  return { order, owner, answer }
}

const ended = async (bed: Bed, placing: Bed.Placing): Promise<Held> => {
  const order = await bed.place(placing)
  await bed.ended(order)
  const owner = await workedOn(bed, order)
  return { order, owner, answer: await cancel(bed, order, owner) }
}

const reached = async (bed: Bed, state: CancelTable.State): Promise<Held> => {
  const { at, placing } = CancelTable.rows[state]
  if (state === "pending") return pending(bed, at ?? "")
  const sku = await newProduct(bed, {
    sku: bed.unique("CANCEL"),
    initial: CancelTable.units
  })
  return at === null ? ended(bed, { ...placing, sku }) : held(bed, at, { ...placing, sku })
}

/** Everything that anybody knows of the order, but of its history. */
const outcomeOf = async (bed: Bed, { answer, order }: Held): Promise<CancelTable.Outcome> => {
  const [row] = await bed.fleet.sql<Omit<CancelTable.Outcome, "answer" | "payments" | "shipments">>(
    `SELECT o.status AS "end", o.reason,
       (SELECT coalesce(jsonb_agg(step ORDER BY ordinal), '[]') FROM saga_steps
        WHERE key = $1 || '/1' AND direction = 'compensate' AND outcome = 'succeeded') AS undone,
       (SELECT count(*)::int FROM saga_steps
        WHERE key = $1 || '/1' AND direction = 'compensate' AND outcome <> 'succeeded') AS failed,
       (SELECT coalesce(jsonb_agg(kind ORDER BY kind), '[]') FROM stock_ledger
        WHERE cause = 'order:' || $1 || ':1') AS moves,
       p.available::int, p.reserved::int, p.sold::int
     FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
     JOIN products p ON p.tenant_id = l.tenant_id AND p.id = l.product_id WHERE o.id::text = $1`,
    [order]
  )
  if (row === undefined) throw new Error(`There is no order ${order}.`)
  return { ...row, answer: answer.status, ...(await ProviderBooks.read(bed.fleet)).of(order) }
}

const statusOf = async (bed: Bed, order: string): Promise<string> => {
  const [row] = await bed.fleet.sql<{ readonly status: string }>("SELECT status FROM orders WHERE id = $1", [
    order
  ])
  return row?.status ?? "gone"
}

/** One cell of the table: reached, cancelled through another replica, let go or killed, and looked at. */
const once = async (bed: Bed, state: CancelTable.State, isKilled: boolean): Promise<number> => {
  const name = `${state}${isKilled ? ", killed" : ""}`
  const { outcome, status } = CancelTable.rows[state]
  const one = await reached(bed, state)
  const before = await statusOf(bed, one.order)
  bed.expect(before === status, `${name}: it was cancelled when it was ${before}`)
  const from = (one.answer.body as { readonly from?: string } | undefined)?.from
  bed.expect(from === (outcome.answer === 409 ? status : undefined), `${name}: refused in state ${from}`)
  const startedAt = performance.now()
  if (isKilled) await bed.fault("SIGKILL", { replica: one.owner.name, state }, () => one.owner.kill())
  one.owner.failpoints({})
  await bed.ended(one.order)
  const millis = Math.round(performance.now() - startedAt)
  const isSettled = async () => CancelTable.differences(outcome, await outcomeOf(bed, one)).length === 0
  // The order has ended a moment before the saga has noted its last step.
  await until("all books agree", isSettled, 2_000, 100).catch(() => undefined)
  for (const difference of CancelTable.differences(outcome, await outcomeOf(bed, one))) {
    bed.expect(false, `${name}: ${difference} (order ${one.order})`)
  }
  bed.say(`  ${name}: ${outcome.end} after ${millis} ms`)
  if (isKilled) await bed.untilWhole()
  return millis
}

const states: ReadonlyArray<CancelTable.State> = [
  "placed",
  "reserved",
  "authorised",
  "pending",
  "captured",
  "booked",
  "fulfilled",
  "cancelling",
  "cancelled"
]

/** Every state that an order can be in, twice: its replica goes on, and its replica dies. */
const cancelEverywhere: ChaosCase = {
  id: "CANCEL-EVERYWHERE",
  title: "a cancellation in every state, also when the saga's replica dies upon it",
  does: "In each of nine states an order is held and cancelled through another replica than the one that works on it, which then goes on; once more, and it gets SIGKILL.",
  expected:
    "As the table says: 200 or 409, where the order ends, exactly which steps are undone and in which order, what provider, carrier and stock show.",
  workload: { clients: 1, pauseMillis: 250, mix: quietMix },
  run: async (bed) => {
    const millis: Array<number> = []
    for (const state of states) await once(bed, state, false)
    for (const state of states) millis.push(await once(bed, state, true))
    return { states: states.length, kills: states.length, endedAfterKillMillisMax: Math.max(...millis) }
  }
}

export { cancelEverywhere }
