/** A cancelled order is tried again by one of those who want it, and that outlives every replica that knew of it. */
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"

interface Authorisation {
  readonly reference: string
  readonly status: string
}

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

/** What the provider holds for an order, as `<run> <status>`. */
const held = async (id: string) => {
  const response = await fetch(`${fleet.env("SANDBOX_URL")}/ledger`)
  const ledger = (await response.json()) as { readonly authorisations: ReadonlyArray<Authorisation> }
  return ledger.authorisations
    .filter(({ reference }) => reference.includes(`/${id}/`))
    .map(({ reference, status }) => `${reference.split("/").at(-1)} ${status}`)
}

const everyReplicaDies = async () => {
  await Promise.all(fleet.replicas().map(({ name }) => fleet.kill(name)))
  await fleet.untilWhole()
}

describe("a cancelled order", () => {
  it("is tried again once when all three replicas are asked at once, and is fulfilled although they die", async () => {
    const id = await acme.place(1, { paymentToken: "tok_declined" })
    const before = await acme.ended(id)
    const body = { paymentToken: "tok_ok" }
    const answers = await Promise.all(
      [1, 2, 3].map((replica) => acme.ask(replica, { method: "POST", path: `/v1/orders/${id}/retry`, body }))
    )
    await everyReplicaDies()
    const end = await acme.ended(id)
    const order = (await acme.askAny(2, { path: `/v1/orders/${id}` })).body
    const verified = await fleet.verify()

    expect(before).toBe("cancelled")
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(end).toBe("fulfilled")
    expect(order).toMatchObject({ run: 2, reason: null, paymentToken: "tok_ok" })
    expect((await held(id)).filter((one) => one.endsWith("captured"))).toEqual(["2 captured"])
    expect(verified, verified.text).toMatchObject({ code: 0 })
  })
})
