/** Stock that is held comes back in time whoever dies, and goes to an order whichever replica is asked. */
import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

const product = async (initial: number): Promise<{ readonly id: string; readonly sku: string }> => {
  const sku = `HOLD-${randomUUID().slice(0, 8).toUpperCase()}`
  const body = { sku, name: "Scarce", priceMinor: 100, initial }
  return (await acme.askAny(1, { method: "POST", path: "/v1/products", body })).body
}
const stockOf = async (id: string) => (await acme.askAny(1, { path: `/v1/products/${id}` })).body.stock

const holding = (sku: string, seconds: number): ApiClient.Request => ({
  method: "POST",
  path: "/v1/reservations",
  headers: { "idempotency-key": randomUUID() },
  body: { lines: [{ sku, quantity: 1 }], seconds }
})
const ordering = (sku: string, reservationId: string): ApiClient.Request => {
  const placing = acme.placing({ sku })
  return { ...placing, body: { ...(placing.body as object), reservationId } }
}
const statusOf = async (id: string) => (await acme.askAny(2, { path: `/v1/reservations/${id}` })).body.status

const everyReplicaDies = async () => {
  await Promise.all(fleet.replicas().map(({ name }) => fleet.kill(name)))
  await fleet.untilWhole()
}

describe("a reservation", () => {
  it("gives the last unit to one of fifty that ask three replicas at once", async () => {
    const { id, sku } = await product(1)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => acme.askAny(1 + (index % 3), holding(sku, 600)))
    )

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ body }) => body.code === "Reservation.OutOfStock")).toHaveLength(49)
    expect(await stockOf(id)).toEqual({ available: 0, reserved: 1, sold: 0 })
  })

  it("expires when every replica that knew of it is dead, and the unit is on sale again", async () => {
    const { id, sku } = await product(1)
    const { body } = await acme.askAny(1, holding(sku, 3))
    await everyReplicaDies()
    await until("the unit is back", async () => (await stockOf(id)).available === 1)
    const next = await acme.askAny(3, holding(sku, 600))

    expect(await statusOf(body.id)).toBe("expired")
    expect(next.status).toBe(201)
    const verified = await fleet.verify()
    expect(verified, verified.text).toMatchObject({ code: 0 })
  })

  it("outlives every replica, and goes to one of the orders that want it", async () => {
    const { id, sku } = await product(1)
    const { body } = await acme.askAny(1, holding(sku, 600))
    await everyReplicaDies()
    const answers = await Promise.all(
      [1, 2, 3].map((replica) => acme.askAny(replica, ordering(sku, body.id)))
    )
    const placed = answers.filter(({ status }) => status === 201)
    const end = await acme.ended(placed[0]?.body.id)

    expect(placed).toHaveLength(1)
    expect(answers.filter(({ body: refusal }) => refusal.code === "Reservation.NotHeld")).toHaveLength(2)
    expect(end).toBe("fulfilled")
    expect(await statusOf(body.id)).toBe("taken")
    expect(await stockOf(id)).toEqual({ available: 0, reserved: 0, sold: 1 })
    await until("its saga has ended", async () => {
      const rows = await fleet.sql<{ readonly outcome: string }>(
        "SELECT outcome FROM saga_steps WHERE saga = 'ExpireReservation' AND key = $1",
        [`${body.id}/1`]
      )
      return rows.every(({ outcome }) => outcome !== "running")
    })
    expect(await fleet.verify()).toMatchObject({ code: 0 })
  })
})
