/** Webhooks from a fleet to somebody else's server: signed, repeated until they arrive, the same message each time. */
import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

interface Received {
  readonly id: string
  readonly verified: boolean
  readonly type: string | null
  readonly status: number
  readonly bodyHash: string
}

let fleet: Fleet
let globex: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  globex = new ApiClient(fleet, "globex")
})

const put = async (path: string, body: unknown) => {
  const answer = await ApiClient.send(fleet.env("RECEIVER_URL"), { method: "PUT", path, body })
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`)
}

/** An endpoint for `order.placed`, whose receiver knows the secret. */
const endpoint = async (mode: string) => {
  const path = `cluster-${randomUUID()}`
  const created = await globex.ask(1, {
    method: "POST",
    path: "/v1/webhook-endpoints",
    body: { url: `${fleet.env("RECEIVER_URL")}/hooks/${path}`, types: ["order.placed"] }
  })
  if (created.status !== 201) throw new Error(`${created.status} ${created.text}`)
  await put(`/secrets/${path}`, { secret: created.body.secret })
  await put(`/control/${path}`, { mode })
  return { path, id: created.body.id as string }
}

const received = async (path: string) => {
  const answer = await ApiClient.send(fleet.env("RECEIVER_URL"), { path: `/received?path=${path}` })
  return answer.body as ReadonlyArray<Received>
}

const deliveriesOf = async (id: string) =>
  (await globex.ask(3, { path: `/v1/webhook-deliveries?endpointId=${id}` })).body.items

describe("an endpoint", () => {
  it("gets order.placed once, with a signature that verifies", async () => {
    const { id, path } = await endpoint("ok")
    const startedAt = performance.now()
    await globex.ended(await globex.place(2))
    const delivered = await until("the delivery", async () => {
      const all = await received(path)
      return all.length > 0 && all
    })
    console.log(`webhook: seen ${Math.round(performance.now() - startedAt)} ms after the order was sent`)

    expect(delivered.map(({ status, type, verified }) => ({ status, type, verified }))).toEqual([
      { status: 204, type: "order.placed", verified: true }
    ])
    const [delivery] = await until("it counts as delivered", async () => {
      const all = await deliveriesOf(id)
      return all[0]?.status === "delivered" && all
    })
    expect(delivery).toMatchObject({ messageId: delivered[0]?.id, attempts: 1, lastStatusCode: 204 })
  })

  it("that fails twice gets the same message a third time", async () => {
    const { id, path } = await endpoint("failTimes:2")
    const startedAt = performance.now()
    await globex.place(3)
    const [delivery] = await until("it counts as delivered", async () => {
      const all = await deliveriesOf(id)
      return all[0]?.status === "delivered" && all
    })
    const attempts = await received(path)
    console.log(
      `webhook: the third attempt arrived ${Math.round(performance.now() - startedAt)} ms after the order`
    )

    expect(attempts.map(({ status, verified }) => [status, verified])).toEqual([
      [500, true],
      [500, true],
      [204, true]
    ])
    expect(new Set(attempts.map((attempt) => attempt.id))).toEqual(new Set([delivery.messageId]))
    expect(new Set(attempts.map(({ bodyHash }) => bodyHash)).size).toBe(1)
    expect(delivery).toMatchObject({ status: "delivered", attempts: 3 })
    const log = (await globex.ask(1, { path: `/v1/webhook-deliveries/${delivery.id}/attempts` })).body
    expect(log.map((entry: { readonly statusCode: number }) => entry.statusCode).sort()).toEqual([
      204, 500, 500
    ])
  })
})
