/** What three replicas promise while one of them dies, leaves or freezes: nothing is lost and nothing happens twice. */
import { randomUUID } from "node:crypto"
import { beforeEach, describe, expect, it } from "vitest"
import { Processes } from "../../scripts/launcher/processes.ts"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

let fleet: Fleet
let acme: ApiClient

beforeEach(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Fulfilled, slow, declined and refused by the carrier: every way through the saga. */
const mixture: ReadonlyArray<ApiClient.Placing> = [
  {},
  { postcode: "99999" },
  { paymentToken: "tok_declined" },
  { postcode: "00000" },
  { paymentToken: "tok_flaky_30" }
]

/** Sends so many orders, eight at a time, round the replicas; a lost answer is asked for again with the same key. */
const placeMany = async (count: number, prefix: string, replicas: ReadonlyArray<number> = [1, 2, 3]) => {
  const ids: Array<string> = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const placing = acme.placing(mixture[index % mixture.length], `${prefix}-${index}`)
      const answer = await acme.askAny(replicas[index % replicas.length] ?? 1, placing)
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
      ids.push(answer.body.id)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return ids
}

const ordersOf = async (prefix: string) => {
  const [row] = await fleet.sql<{ readonly count: number }>(
    "SELECT count(*)::int AS count FROM orders WHERE idempotency_key LIKE $1",
    [`${prefix}-%`]
  )
  return row?.count
}

/** The replica on which most steps run at this moment. */
const busiest = () =>
  until("sagas run", async () => {
    const rows = await fleet.sql<{ readonly replica: string; readonly count: number }>(
      `SELECT replica, count(*)::int AS count FROM saga_steps WHERE outcome = 'running'
       GROUP BY replica ORDER BY count(*) DESC`
    )
    return rows.reduce((sum, { count }) => sum + count, 0) >= 4 && rows[0]?.replica
  })

const restarted = (name: string, pid: number) =>
  until(`${name} is back`, () => {
    const now = fleet.replica(name)
    return now.pid > 0 && now.pid !== pid
  })

describe("kill -9 of the busiest replica with 50 orders in flight", () => {
  it("loses none, doubles none, keeps every promise, and the replica comes back", async () => {
    const prefix = `kill-${randomUUID()}`
    const placing = placeMany(50, prefix)
    const name = await busiest()
    const pid = await fleet.kill(name)
    const killedAt = performance.now()
    const back = restarted(name, pid).then(() => seconds(killedAt))
    const ids = await placing
    const outcome = await acme.allEnded(ids)
    const ended = seconds(killedAt)
    await back
    await fleet.untilWhole()
    const { code, text } = await fleet.verify()

    console.log(
      `kill -9 of ${name}: all ended after ${ended} (${JSON.stringify(outcome)}), process back after ${await back}, ` +
        `three share the shards after ${seconds(killedAt)}; verify: ${text.trim().split("\n").at(-1)}`
    )
    expect(new Set(ids).size).toBe(50)
    expect(await ordersOf(prefix)).toBe(50)
    expect(outcome.cancelled).toBeGreaterThanOrEqual(20)
    expect(text).toMatch(/^0 of \d+ violated/m)
    expect(code).toBe(0)
  })
})

describe("kill -9 of the replica that runs a job", () => {
  it("leaves the row behind, so that another replica ends the work, once", async () => {
    const id = await acme.place(1, { postcode: "99999" })
    const job = () =>
      fleet
        .sql<{ readonly status: string; readonly attempts: number }>(
          "SELECT status, attempts FROM jobs WHERE name = 'fulfil-order' AND payload->>'orderId' = $1",
          [id]
        )
        .then(([row]) => row)
    // Seen at the carrier, which keeps its answer for 3 s: the job is in the middle of its work.
    await until(
      "the carrier holds the booking",
      async () => (await acme.shipments(id)).length > 0,
      10_000,
      20
    )
    const owner = await until("one replica runs the job", () => fleet.whoRunsJobs(), 10_000, 20)
    const running = await job()
    await fleet.kill(owner)
    const killedAt = performance.now()
    const orphaned = await job()
    const outcome = await acme.ended(id)

    console.log(`kill -9 of the job's owner ${owner}: the order is ${outcome} after ${seconds(killedAt)}`)
    expect(running).toEqual({ status: "running", attempts: 1 })
    expect(orphaned).toEqual({ status: "running", attempts: 1 })
    expect(outcome).toBe("fulfilled")
    const done = await until("the job is done", async () => {
      const row = await job()
      return row?.status === "succeeded" && row
    })
    expect(done.attempts).toBe(2)
    expect((await acme.shipments(id)).map(({ status }) => status)).toEqual(["booked"])
    const sold = await fleet.sql("SELECT 1 FROM stock_ledger WHERE cause LIKE $1 AND kind = 'sell'", [
      `%${id}%`
    ])
    expect(sold).toHaveLength(1)
  })
})

describe("SIGTERM of one replica under load", () => {
  it("lets it leave within 15 s, and nothing is lost", async () => {
    const prefix = `term-${randomUUID()}`
    const placing = placeMany(40, prefix)
    await busiest()
    const { name, pid } = fleet.replica("replica-2")
    const said = fleet.output().length
    const askedAt = performance.now()
    Processes.signal(pid, "SIGTERM")
    const left = await Processes.waitForExit(pid, 20_000)
    const leftAfter = performance.now() - askedAt
    const ids = await placing
    const outcome = await acme.allEnded(ids)

    const how = await until("the launcher noticed", () =>
      fleet
        .output()
        .slice(said)
        .match(/replica-2 ended \((.*)\)/)
    )
    console.log(
      `SIGTERM: ${name} left after ${(leftAfter / 1000).toFixed(1)} s, all ended after ${seconds(askedAt)} ` +
        `${JSON.stringify(outcome)}; the launcher says: ${how[1]}`
    )
    expect(left).toBe(true)
    expect(leftAfter).toBeLessThan(15_000)
    expect(new Set(ids).size).toBe(40)
    expect(await ordersOf(prefix)).toBe(40)
    await restarted(name, pid)
  })
})

describe("a frozen replica", () => {
  it("is killed by the launcher, and what it owned goes on elsewhere", async () => {
    const prefix = `freeze-${randomUUID()}`
    const { name, pid } = fleet.replica("replica-3")
    Processes.signal(pid, "SIGSTOP")
    const frozenAt = performance.now()
    const placing = placeMany(20, prefix, [1, 2])
    const isKilled = await Processes.waitForExit(pid, 20_000)
    const killedAfter = performance.now() - frozenAt
    const ids = await placing
    const outcome = await acme.allEnded(ids)

    console.log(
      `SIGSTOP: ${name} killed after ${(killedAfter / 1000).toFixed(1)} s, all ended after ${seconds(frozenAt)} ` +
        JSON.stringify(outcome)
    )
    expect(isKilled).toBe(true)
    expect(killedAfter).toBeLessThan(15_000)
    expect(await ordersOf(prefix)).toBe(20)
    await restarted(name, pid)
  })
})

describe("kill -9 of the replica that commits an import", () => {
  it("goes on elsewhere: every row of 5,000 is there once", async () => {
    const prefix = `IMP${Date.now()}`
    const rows = Array.from({ length: 5000 }, (_, index) => `${prefix}-${index},Imported ${index},9.99,7`)
    const form = new FormData()
    form.set("kind", "products")
    form.set("autocommit", "true")
    form.set("file", new Blob([["sku,name,price,stock", ...rows].join("\n")]), "products.csv")
    const uploadedAt = performance.now()
    const { body, status, text } = await acme.ask(1, { method: "POST", path: "/v1/imports", form })
    if (status !== 202) throw new Error(`${status} ${text}`)
    const row = async () => {
      const [found] = await fleet.sql<{ readonly status: string; readonly committed_unit: number }>(
        "SELECT status, committed_unit FROM imports WHERE id = $1",
        [body.id]
      )
      return found
    }
    const isCommitting = async () => {
      const found = await row()
      if (found?.status === "completed") throw new Error("The import was faster than the test.")
      return found?.status === "committing" && found.committed_unit > 0
    }
    await until("the import commits", isCommitting, 30_000, 5)
    const owner = await until("one replica runs the import", () => fleet.whoRunsJobs(), 5_000, 5)
    await fleet.kill(owner)
    const killedAt = performance.now()
    const orphaned = await row()
    const done = await until(
      "the import has ended",
      async () => {
        const answer = await acme.askAny(1, { path: `/v1/imports/${body.id}` })
        return ["completed", "failed", "cancelled"].includes(answer.body.status) && answer.body
      },
      60_000
    )
    console.log(
      `import: ${owner} killed at row ${orphaned?.committed_unit} of 5000, ${done.status} ${seconds(killedAt)} later ` +
        `(${seconds(uploadedAt)} in all)`
    )
    expect(orphaned?.status).toBe("committing")
    expect(done.status).toBe("completed")
    expect(done.counts).toEqual({ rows: 5000, created: 5000, updated: 0, skipped: 0, rejected: 0 })
    const [products] = await fleet.sql(
      `SELECT count(*)::int AS rows, count(DISTINCT sku)::int AS skus, sum(available)::int AS units
       FROM products WHERE sku LIKE $1`,
      [`${prefix}-%`]
    )
    expect(products).toEqual({ rows: 5000, skus: 5000, units: 35_000 })
    const [events] = await fleet.sql(
      `SELECT sum((payload->>'count')::int)::int AS rows FROM events
       WHERE type = 'product.imported' AND payload->>'importId' = $1`,
      [body.id]
    )
    expect(events).toEqual({ rows: 5000 })
  })
})
