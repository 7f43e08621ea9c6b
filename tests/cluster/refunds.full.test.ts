/** Money that goes back after an order was fulfilled: once, whatever dies meanwhile. */
import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

interface Ledger {
  readonly authorisations: ReadonlyArray<{
    readonly reference: string
    readonly status: string
    readonly refundedMinor: number
  }>
  readonly effects: ReadonlyArray<{ readonly key: string }>
}
interface Refund {
  readonly id: string
  readonly orderId: string
  readonly status: string
}

const count = 8

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

const ledger = async (): Promise<Ledger> => {
  const response = await fetch(`${fleet.env("SANDBOX_URL")}/ledger`)
  return (await response.json()) as Ledger
}

const latency = (latencyMillis: number) =>
  fetch(`${fleet.env("SANDBOX_URL")}/control`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ latencyMillis })
  })

const paidAt = ({ effects }: Ledger, refunds: ReadonlyArray<Refund>) =>
  refunds.map(({ id }) => effects.filter(({ key }) => key === `refund:${id}`).length)

const ask = async (
  orderId: string,
  body: object,
  { key = randomUUID(), replica = 1 }: { readonly key?: string; readonly replica?: number } = {}
): Promise<Refund> => {
  const answer = await acme.askAny(replica, {
    method: "POST",
    path: `/v1/orders/${orderId}/refund`,
    headers: { "idempotency-key": key },
    body
  })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

const statusesOf = (refunds: ReadonlyArray<Refund>) =>
  fleet
    .sql<{ readonly status: string }>("SELECT status FROM refunds WHERE id = ANY ($1)", [
      refunds.map(({ id }) => id)
    ])
    .then((rows) => rows.map(({ status }) => status))

describe("refunds that are under way when every replica is killed", () => {
  it("are paid once each, with their goods back on sale, and every promise is kept", async () => {
    const sku = `REFUND-${Date.now()}`
    await acme.askAny(1, {
      method: "POST",
      path: "/v1/products",
      body: { sku, name: "Returned", priceMinor: 1_000, initial: 100 }
    })
    const orders = await Promise.all(Array.from({ length: count }, () => acme.place(1, { sku, quantity: 3 })))
    expect(await acme.allEnded(orders)).toEqual({ fulfilled: count })
    await latency(600)
    const refunds = await Promise.all(
      orders.map((id) => ask(id, { amountMinor: 1_200, returns: [{ sku, quantity: 1 }] }))
    )
    await until(
      "the provider has paid one",
      async () => paidAt(await ledger(), refunds).includes(1),
      20_000,
      20
    )
    await Promise.all(fleet.replicas().map(({ name }) => fleet.kill(name)))
    const undone = (await statusesOf(refunds)).filter((status) => status === "requested").length
    await latency(0)
    await fleet.untilWhole()
    await until("all are paid", async () => (await statusesOf(refunds)).every((status) => status === "paid"))

    const books = await ledger()
    const { body: products } = await acme.askAny(2, { path: `/v1/products?search=${sku}` })
    expect(undone).toBeGreaterThan(0)
    expect(paidAt(books, refunds)).toEqual(refunds.map(() => 1))
    expect(
      books.authorisations
        .filter(({ reference }) => orders.some((id) => reference.includes(id)))
        .map(({ refundedMinor, status }) => `${status} ${refundedMinor}`)
    ).toEqual(orders.map(() => "partially_refunded 1200"))
    expect(products.items[0].stock).toEqual({ available: 100 - 2 * count, reserved: 0, sold: 2 * count })
    expect(await fleet.verify()).toMatchObject({ code: 0 })
  })
})

describe("one refund that is asked of all replicas at once", () => {
  it("is one refund, and nobody gets the money twice", async () => {
    const id = await acme.place(1)
    await acme.ended(id)
    const key = randomUUID()
    const same = await Promise.all(
      Array.from({ length: 9 }, (_, index) => ask(id, {}, { key, replica: (index % 3) + 1 }))
    )
    const others = await Promise.all(
      Array.from({ length: 9 }, (_, index) =>
        acme.askAny((index % 3) + 1, {
          method: "POST",
          path: `/v1/orders/${id}/refund`,
          headers: { "idempotency-key": randomUUID() },
          body: { amountMinor: 1 }
        })
      )
    )

    expect(new Set(same.map((refund) => refund.id)).size).toBe(1)
    expect(new Set(others.map(({ body, status }) => `${status} ${body.code}`))).toEqual(
      new Set(["409 Refund.TooMuch"])
    )
    await until("it is paid", async () => (await statusesOf(same)).every((status) => status === "paid"))
    expect(paidAt(await ledger(), same.slice(0, 1))).toEqual([1])
  })
})
