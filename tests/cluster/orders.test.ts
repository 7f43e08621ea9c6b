/** What three replicas promise while nothing fails: one product, whichever of them is asked. */
import { randomUUID } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { EventSocket } from "../support/event-socket.ts"
import { EventStream } from "../support/event-stream.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

const steps = async (id: string) =>
  (await acme.timeline(id)).map(({ direction, name, outcome }) => `${direction} ${name} ${outcome}`)

const isContiguous = (seqs: ReadonlyArray<number>) =>
  seqs.every((seq, index) => index === 0 || seq === (seqs[index - 1] ?? 0) + 1)

describe("the fleet", () => {
  it("is three processes that all see each other and share the shards evenly", async () => {
    const pids = fleet.replicas().map(({ pid }) => pid)
    const views = await Promise.all(fleet.replicas().map((replica) => fleet.seenBy(replica)))

    expect(new Set(pids).size).toBe(3)
    for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow()
    for (const view of views) {
      expect(view.map(({ id }) => id).sort()).toEqual(["replica-1", "replica-2", "replica-3"])
      expect(view.map(({ shards }) => shards)).toEqual([100, 100, 100])
    }
    // Each was asked at its own port and says that it is the one that answered.
    expect(views.map((view) => view.find(({ self }) => self)?.id)).toEqual([
      "replica-1",
      "replica-2",
      "replica-3"
    ])
  })
})

describe("an order placed through replica 1", () => {
  it("is seen live on the two others, in the order of the log, and is fulfilled step by step", async () => {
    const stream = await EventStream.open(acme, 3)
    const socket = await EventSocket.open(acme, 2)
    // The stream is live once it has shown an event: an earlier order is the signal.
    const signal = await acme.place(2)
    await stream.first("order.fulfilled", signal)
    await socket.first("order.fulfilled", signal)

    const before = performance.now()
    const answer = await acme.ask(1, acme.placing())
    const answered = performance.now()
    const id = answer.body.id
    const [overStream, overSocket] = await Promise.all([
      stream.first("order.placed", id),
      socket.first("order.placed", id)
    ])
    await Promise.all([stream.first("order.fulfilled", id), socket.first("order.fulfilled", id)])
    stream.close()
    await socket.close()

    const millis = (at: number) => `${Math.round(at - before)} ms`
    console.log(
      `order.placed after the request was sent: answer ${millis(answered)}, SSE on replica 3 ${millis(overStream.at)}, ` +
        `WebSocket on replica 2 ${millis(overSocket.at)}`
    )
    expect(answer.status).toBe(201)
    const life = [
      "order.placed",
      "order.advanced",
      "order.advanced",
      "order.advanced",
      "order.advanced",
      "order.fulfilled"
    ]
    expect(stream.of(id).map(({ type }) => type)).toEqual(life)
    expect(socket.of(id).map(({ event }) => event.type)).toEqual(life)
    expect(isContiguous(stream.seen.map(({ seq }) => seq))).toBe(true)
    expect(isContiguous(socket.seen.map(({ event }) => event.seq))).toBe(true)
    expect(socket.of(id).map(({ event }) => event.seq)).toEqual(stream.of(id).map(({ seq }) => seq))
    expect(socket.of(id).map(({ event }) => event.version)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await steps(id)).toEqual([
      "forward reserve succeeded",
      "forward authorise succeeded",
      "forward capture succeeded",
      "forward book succeeded",
      "forward confirm succeeded"
    ])
    expect(await acme.statusOf(id, 2)).toBe("fulfilled")
  })

  it("is cancelled when the card is declined, and its reservation is undone", async () => {
    const id = await acme.place(1, { paymentToken: "tok_declined" })

    expect(await acme.ended(id)).toBe("cancelled")
    expect(await steps(id)).toEqual([
      "forward reserve succeeded",
      "forward authorise failed",
      "compensate reserve succeeded"
    ])
    expect(await acme.shipments(id)).toEqual([])
  })

  it("is undone in reverse when the carrier refuses the address", async () => {
    const id = await acme.place(1, { postcode: "00000" })

    expect(await acme.ended(id)).toBe("cancelled")
    const walked = await steps(id)
    expect(walked.slice(0, 4)).toEqual([
      "forward reserve succeeded",
      "forward authorise succeeded",
      "forward capture succeeded",
      "forward book failed"
    ])
    // A booking that was refused for certain left nothing to cancel.
    expect(walked.slice(4).filter((step) => step !== "compensate book succeeded")).toEqual([
      "compensate capture succeeded",
      "compensate authorise succeeded",
      "compensate reserve succeeded"
    ])
    const [payment] = await fleet.sql<{ readonly status: string }>(
      "SELECT status FROM payments WHERE order_id = $1",
      [id]
    )
    expect(payment?.status).toBe("refunded")
  })
})

describe("an Idempotency-Key", () => {
  it("makes one order of 30 parallel requests at three replicas", async () => {
    const key = `parallel-${randomUUID()}`
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => acme.ask((index % 3) + 1, acme.placing({ quantity: 2 }, key)))
    )

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    const ids = new Set(answers.map(({ body }) => body.id))
    expect(ids.size).toBe(1)
    const rows = await fleet.sql<{ readonly id: string }>(
      "SELECT id FROM orders WHERE idempotency_key = $1",
      [key]
    )
    expect(rows.map(({ id }) => id)).toEqual([...ids])
    await acme.allEnded([...ids])
  })

  it("is refused for another body, at another replica, too", async () => {
    const key = `reused-${randomUUID()}`
    const first = await acme.ask(1, acme.placing({ quantity: 1 }, key))
    const others = await Promise.all([1, 2, 3].map((at) => acme.ask(at, acme.placing({ quantity: 3 }, key))))

    expect(first.status).toBe(201)
    expect(others.map(({ body, status }) => [status, body.code])).toEqual(
      others.map(() => [422, "Order.KeyReused"])
    )
    await acme.allEnded([first.body.id])
  })
})

describe("background work", () => {
  it("is a row before it runs and ends with its work", async () => {
    const id = await acme.place(2, { postcode: "99999" })
    const jobOf = async (status: string) => {
      const [job] = await fleet.sql<{ readonly id: string; readonly attempts: number }>(
        "SELECT id, attempts FROM jobs WHERE name = 'fulfil-order' AND payload->>'orderId' = $1 AND status = $2",
        [id, status]
      )
      return job
    }
    const running = await until("the job runs", () => jobOf("running"), 10_000)
    await acme.ended(id)
    const done = await until("the job is done", () => jobOf("succeeded"), 10_000)

    expect(done.id).toBe(running.id)
  })
})
