import { type HistoryEntry } from "../history/history-entry.ts"
import { ApiCall } from "./api-call.ts"
import { TriedOperation } from "./tried-operation.ts"
import { type WorkloadClient } from "./workload-client.ts"

/** Cards and addresses as the sandbox knows them: most orders are fulfilled, some are undone at each step. */
const _tokens = { tok_ok: 84, tok_declined: 6, tok_insufficient_funds: 2, tok_flaky_30: 8 }
const _postcodes = { "10115": 88, "00000": 7, "99999": 5 }

/** What becomes of stock that is held; what is left alone expires. */
const _endings = { order: 6, release: 2, leave: 2 }

type Held = HistoryEntry.HoldResult & Pick<HistoryEntry.PlaceArgs, "lines">

/** One to three products, each once. */
const drawLines = ({ chance, desk }: WorkloadClient): HistoryEntry.PlaceArgs["lines"] => {
  const lines = new Map(
    Array.from({ length: chance.between(1, 3) }, () => [chance.pick(desk.products).sku, chance.between(1, 3)])
  )
  return [...lines].map(([sku, quantity]) => ({ sku, quantity }))
}

const place = async (client: WorkloadClient, held?: Held): Promise<void> => {
  const { chance, desk, process } = client
  const key = desk.keyFor("place")
  const args: HistoryEntry.PlaceArgs = {
    lines: held?.lines ?? drawLines(client),
    reservationId: held?.id,
    customerReference: desk.options.canary,
    paymentToken: chance.weighted(_tokens),
    postcode: chance.weighted(_postcodes)
  }
  const answer = await TriedOperation.run(desk, {
    process,
    operation: "place",
    key,
    args,
    request: { method: "POST", path: "/v1/orders", headers: { "idempotency-key": key }, body: args },
    isRepeatable: true,
    keep: placed
  })
  if (answer.phase === "ok") desk.ordered({ ...placed(answer.body), lines: args.lines })
}

const placed = (body: unknown): HistoryEntry.PlaceResult => {
  const { id, number, totalMinor } = body as HistoryEntry.PlaceResult
  return { id, number, totalMinor }
}

const cancel = async (client: WorkloadClient): Promise<void> => {
  const { chance, desk, process } = client
  const own = desk.latest(20)
  if (own.length === 0) return place(client)
  const id = chance.pick(own)
  await TriedOperation.run(desk, {
    process,
    operation: "cancel",
    key: desk.keyFor("cancel"),
    args: { id } satisfies HistoryEntry.CancelArgs,
    request: { method: "POST", path: `/v1/orders/${id}/cancel` },
    isRepeatable: true
  })
}

/** With a card and an address that work: what was declined is mostly fulfilled then. */
const retry = async (client: WorkloadClient): Promise<void> => {
  const { chance, desk, process } = client
  const answer = await ApiCall.send(desk.options.target, {
    method: "GET",
    path: "/v1/orders?status=cancelled&limit=50"
  })
  const undone = answer.phase === "ok" ? cancelled(answer.body).filter((id) => desk.owns(id)) : []
  if (undone.length === 0) return place(client)
  const id = chance.pick(undone)
  const changes = { paymentToken: "tok_ok", postcode: "10115" }
  await TriedOperation.run(desk, {
    process,
    operation: "retry",
    key: desk.keyFor("retry"),
    args: { id, ...changes } satisfies HistoryEntry.RetryArgs,
    request: { method: "POST", path: `/v1/orders/${id}/retry`, body: changes },
    // A second one would meet the run of the first, or begin another one after that.
    isRepeatable: false
  })
}

const cancelled = (body: unknown): ReadonlyArray<string> =>
  (body as { readonly items: ReadonlyArray<{ readonly id: string }> }).items.map(({ id }) => id)
const release = async (client: WorkloadClient, { id }: Held): Promise<void> => {
  const { desk, process } = client
  await TriedOperation.run(desk, {
    process,
    operation: "release",
    key: desk.keyFor("release"),
    args: { id } satisfies HistoryEntry.ReleaseArgs,
    request: { method: "POST", path: `/v1/reservations/${id}/release` },
    isRepeatable: true
  })
}

const endings = { order: place, release, leave: async () => {} }

const reserve = async (client: WorkloadClient): Promise<void> => {
  const { chance, desk, process } = client
  const key = desk.keyFor("hold")
  const args: HistoryEntry.HoldArgs = { lines: drawLines(client), seconds: chance.between(1, 5) }
  const answer = await TriedOperation.run(desk, {
    process,
    operation: "hold",
    key,
    args,
    request: { method: "POST", path: "/v1/reservations", headers: { "idempotency-key": key }, body: args },
    isRepeatable: true,
    keep: held
  })
  if (answer.phase !== "ok") return
  await endings[chance.weighted(_endings)](client, { ...held(answer.body), lines: args.lines })
}

const held = (body: unknown): HistoryEntry.HoldResult => ({ id: (body as HistoryEntry.HoldResult).id })

/** Of an order that was placed a while ago: most are fulfilled by then, and some have been refunded before. */
const refund = async (client: WorkloadClient): Promise<void> => {
  const { chance, desk, process } = client
  const own = desk.earlier(15)
  if (own.length === 0) return place(client)
  const order = chance.pick(own)
  const key = desk.keyFor("refund")
  const part = { amountMinor: chance.between(1, Math.max(1, Math.floor(order.totalMinor / 3))) }
  const args: HistoryEntry.RefundArgs = {
    orderId: order.id,
    ...(chance.between(1, 4) === 1 ? {} : part),
    returns: chance.between(1, 2) === 1 ? [] : [{ sku: chance.pick(order.lines).sku, quantity: 1 }]
  }
  const { orderId, ...body } = args
  await TriedOperation.run(desk, {
    process,
    operation: "refund",
    key,
    args,
    request: {
      method: "POST",
      path: `/v1/orders/${orderId}/refund`,
      headers: { "idempotency-key": key },
      body
    },
    isRepeatable: true,
    keep: (answered) => {
      const { amountMinor, id } = answered as HistoryEntry.RefundResult
      return { id, amountMinor }
    }
  })
}

/** What a client does with orders: places them, has them undone, tried again and paid back, and holds stock for them. */
const OrderOperations = { place, cancel, retry, refund, reserve } as const

export { OrderOperations }
