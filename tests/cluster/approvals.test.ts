/** An order that waits for a person outlives every replica that knew of it. */
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

interface Authorisation {
  readonly reference: string
  readonly status: string
}
interface Effect {
  readonly key: string
}

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

/** What the provider's books say about an order. */
const books = async (id: string) => {
  const response = await fetch(`${fleet.env("SANDBOX_URL")}/ledger`)
  const ledger = (await response.json()) as {
    readonly authorisations: ReadonlyArray<Authorisation>
    readonly effects: ReadonlyArray<Effect>
  }
  return {
    authorisations: ledger.authorisations
      .filter(({ reference }) => reference.includes(`/${id}/`))
      .map(({ status }) => status),
    effects: ledger.effects.filter(({ key }) => key.startsWith(id)).map(({ key }) => key.slice(id.length + 1))
  }
}

const approvalOf = async (id: string) => (await acme.askAny(1, { path: `/v1/orders/${id}` })).body.approval

/** An order above the demo's threshold, once it waits. */
const held = async () => {
  const sku = `APPROVAL-${Date.now()}`
  await acme.askAny(1, {
    method: "POST",
    path: "/v1/products",
    body: { sku, name: "Dear", priceMinor: 600_000, initial: 10 }
  })
  const id = await acme.place(1, { sku })
  await until("the order waits for approval", async () => (await approvalOf(id)) === "pending")
  return id
}

const everyReplicaDies = async () => {
  await Promise.all(fleet.replicas().map(({ name }) => fleet.kill(name)))
  await fleet.untilWhole()
}

describe("an order that waits for approval", () => {
  it("waits on when every replica is killed, and is paid once when it is approved", async () => {
    const id = await held()
    const before = await books(id)
    await everyReplicaDies()
    const still = (await acme.askAny(2, { path: `/v1/orders/${id}` })).body
    const approved = await acme.askAny(3, { method: "POST", path: `/v1/orders/${id}/approve`, body: {} })
    const end = await acme.ended(id)

    expect(before).toEqual({ authorisations: ["authorised"], effects: ["1:authorise"] })
    expect(still).toMatchObject({ status: "authorised", approval: "pending" })
    expect(approved.status).toBe(200)
    expect(end).toBe("fulfilled")
    expect(await books(id)).toEqual({
      authorisations: ["captured"],
      effects: ["1:authorise", "1:capture", "1:book"]
    })
    const timeline = await acme.timeline(id)
    expect(timeline.map(({ attempt, name, outcome }) => `${name} ${attempt} ${outcome}`)).toEqual([
      "reserve 1 succeeded",
      "authorise 1 succeeded",
      "approve 0 succeeded",
      "approve 1 succeeded",
      "capture 1 succeeded",
      "book 1 succeeded",
      "confirm 1 succeeded"
    ])
    const history = (await acme.askAny(1, { path: `/v1/orders/${id}/history` })).body as ReadonlyArray<{
      readonly machine: string
      readonly to: string
    }>
    expect(history.filter(({ machine }) => machine === "approval").map(({ to }) => to)).toEqual([
      "pending",
      "approved"
    ])
  })

  it("counts for nobody as one that does not end, and is undone when it is rejected", async () => {
    const id = await held()
    const verified = await fleet.verify()
    const rejected = await acme.askAny(2, { method: "POST", path: `/v1/orders/${id}/reject`, body: {} })
    const end = await acme.ended(id)

    expect(verified, verified.text).toMatchObject({ code: 0 })
    expect(rejected.status).toBe(200)
    expect(end).toBe("cancelled")
    expect((await books(id)).authorisations).toEqual(["voided"])
    expect(await fleet.verify()).toMatchObject({ code: 0 })
  })
})
