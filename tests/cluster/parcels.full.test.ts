/** An order of several parcels outlives the replica that was booking them: each parcel is booked once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

let fleet: Fleet
let globex: ApiClient

const split = async (parcelUnits: number | null) => {
  const { body } = await globex.askAny(1, { path: "/v1/order-settings" })
  const answer = await globex.askAny(1, {
    method: "PUT",
    path: "/v1/order-settings",
    body: { ...body, parcelUnits }
  })
  expect(answer.status).toBe(200)
}

beforeAll(async () => {
  fleet = await Fleet.whole()
  globex = new ApiClient(fleet, "globex")
  await split(2)
})

afterAll(() => split(null))

/** The carrier keeps its answer for each parcel of this address for 3 s, so there is time to kill somebody. */
const slow = "99999"

const parcelsOf = async (id: string): Promise<ReadonlyArray<{ readonly status: string }>> =>
  (await globex.askAny(1, { path: `/v1/orders/${id}` })).body.parcels

const references = async (id: string) =>
  (await globex.shipments(id)).map(({ reference, status }) => `${reference.split(`/${id}/`)[1]} ${status}`)

describe("kill -9 of the replica that books an order's parcels", () => {
  it("has another one go on with the parcel that is missing", async () => {
    const id = await globex.place(1, { quantity: 5, postcode: slow })
    await until("the first parcel is noted", async () => (await parcelsOf(id)).length === 1, 20_000, 20)
    const [running] = await fleet.sql<{ readonly replica: string }>(
      "SELECT replica FROM saga_steps WHERE key = $1 AND step = 'book' AND outcome = 'running'",
      [`${id}/1`]
    )
    await fleet.kill(running?.replica ?? "")
    const outcome = await globex.ended(id)
    await fleet.untilWhole()
    const { code, text } = await fleet.verify()

    expect(outcome).toBe("fulfilled")
    expect((await parcelsOf(id)).map(({ status }) => status)).toEqual(["booked", "booked", "booked"])
    expect([...(await references(id))].sort()).toEqual(["1 booked", "1/2 booked", "1/3 booked"])
    expect(text).toMatch(/^0 of \d+ violated/m)
    expect(code).toBe(0)
  })

  it("has another one undo what was booked when the order is cancelled meanwhile", async () => {
    const id = await globex.place(2, { quantity: 5, postcode: slow })
    await until("the first parcel is noted", async () => (await parcelsOf(id)).length === 1, 20_000, 20)
    const cancelled = await globex.askAny(3, { method: "POST", path: `/v1/orders/${id}/cancel` })
    const [running] = await fleet.sql<{ readonly replica: string }>(
      "SELECT replica FROM saga_steps WHERE key = $1 AND step = 'book' AND outcome = 'running'",
      [`${id}/1`]
    )
    await fleet.kill(running?.replica ?? "")
    const outcome = await globex.ended(id)
    await fleet.untilWhole()
    const { code, text } = await fleet.verify()

    expect(cancelled.status).toBe(200)
    expect(outcome).toBe("cancelled")
    expect((await references(id)).filter((one) => !one.endsWith("cancelled"))).toEqual([])
    expect((await parcelsOf(id)).filter(({ status }) => status !== "cancelled")).toEqual([])
    expect(text).toMatch(/^0 of \d+ violated/m)
    expect(code).toBe(0)
  })
})
