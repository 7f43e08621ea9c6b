/**
 * Every virtual user places orders over HTTP and watches its tenant's events over WebSocket RPC (MsgPack), through the
 * balancer. BASE_URL (http://localhost:8080), DEMO_FILE (../../.data/demo.json), VUS (20), DURATION (60s), and
 * ORDERS_PER_SECOND of one user (1) set the run; `node load/build.mjs` makes the bundle that k6 runs.
 */
import { check } from "k6"
import exec from "k6/execution"
import http from "k6/http"
import { Counter, Trend } from "k6/metrics"
import { openStream } from "./rpc-socket.js"
import { thresholds } from "./thresholds.js"

const baseUrl = __ENV.BASE_URL ?? "http://localhost:8080"
const demo = JSON.parse(open(__ENV.DEMO_FILE ?? "../../.data/demo.json"))
const durationMillis = Number.parseFloat(__ENV.DURATION ?? "60s") * 1_000
const ordersPerSecond = Number(__ENV.ORDERS_PER_SECOND ?? "1")
/** Orders placed in the last moments of the run get this long to be fulfilled. */
const drainMillis = 10_000

const delivery = new Trend("event_delivery", true)
const fulfilled = new Trend("order_fulfilled", true)
const gaps = new Counter("event_gaps")
const unfinished = new Counter("orders_unfinished")
const lost = new Counter("socket_lost")

export const options = {
  thresholds,
  scenarios: {
    orders: {
      executor: "per-vu-iterations",
      vus: Number(__ENV.VUS ?? "20"),
      iterations: 1,
      maxDuration: `${Math.ceil((durationMillis + 2 * drainMillis) / 1_000)}s`
    }
  },
  summaryTrendStats: ["avg", "med", "p(95)", "p(99)", "max"]
}

/** The first SKU of each tenant; there is always stock of what the demo sells. */
export const setup = () =>
  demo.tenants.map(({ apiKey }) => {
    const answer = http.get(`${baseUrl}/v1/products?limit=1`, {
      headers: { authorization: `Bearer ${apiKey}` }
    })
    check(answer, { "there is a product": ({ status }) => status === 200 })
    return { apiKey, sku: answer.json("items.0.sku") }
  })

export default (tenants) => {
  const { apiKey, sku } = tenants[exec.vu.idInTest % tenants.length]
  const placedAt = new Map()
  /** Fulfilled orders of the whole tenant: the event may overtake the answer to the POST. */
  const fulfilledAt = new Map()
  let seq

  const settle = (id) => {
    if (!placedAt.has(id) || !fulfilledAt.has(id)) return
    fulfilled.add(fulfilledAt.get(id) - placedAt.get(id))
    placedAt.delete(id)
  }

  const onEvent = (event, arrivedAt) => {
    if (seq !== undefined && event.seq !== seq + 1) gaps.add(1)
    seq = event.seq
    delivery.add(arrivedAt - Date.parse(event.occurredAt))
    if (event.type !== "order.fulfilled") return
    fulfilledAt.set(event.aggregateId, arrivedAt)
    settle(event.aggregateId)
  }
  const stream = openStream({
    url: `${baseUrl.replace(/^http/, "ws")}/rpc`,
    apiKey,
    tag: "event.watch",
    payload: {},
    onValue: ({ events, head }) => {
      const arrivedAt = Date.now()
      for (const event of events) onEvent(event, arrivedAt)
      seq = seq ?? head
    },
    onEnd: (reason) => {
      if (reason === undefined) return
      lost.add(1)
      console.error(reason)
    }
  })

  const place = async () => {
    const startedAt = Date.now()
    const body = { lines: [{ sku, quantity: 1 }], paymentToken: "tok_ok", postcode: "10115" }
    const answer = await http.asyncRequest("POST", `${baseUrl}/v1/orders`, JSON.stringify(body), {
      headers: {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        "idempotency-key": `k6-${exec.scenario.startTime}-${exec.vu.idInTest}-${startedAt}-${Math.random()}`
      },
      tags: { name: "placeOrder" }
    })
    const isPlaced = check(answer, { "the order is placed": ({ status }) => status === 201 })
    if (!isPlaced) return
    placedAt.set(answer.json("id"), startedAt)
    settle(answer.json("id"))
  }

  const placing = setInterval(place, 1_000 / ordersPerSecond)
  setTimeout(() => clearInterval(placing), durationMillis)
  setTimeout(() => {
    unfinished.add(placedAt.size)
    stream.close()
  }, durationMillis + drainMillis)
}
