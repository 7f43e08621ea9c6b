import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { until } from "../../tests/support/until.ts"
import { MomentSampler } from "./moment-sampler.ts"
import { CleanState } from "./testing/clean-state.ts"
import { plantedMoments } from "./testing/planted-moments.ts"
import { SampleOrder } from "./testing/sample-order.ts"
import { SandboxPair } from "./testing/sandbox-pair.ts"
import { TableRows } from "./testing/table-rows.ts"

const name = `moments_${randomUUID().replaceAll("-", "")}`
const first = SampleOrder.ids.order("first")
const pauseMillis = 20
let server = ""
let pair: SandboxPair

/** A copy of the clean state, changed before anybody looks at it. */
const copied = async <A>(sql: string, use: (databaseUrl: string) => Promise<A>): Promise<A> => {
  const copy = `${name}_${randomUUID().slice(0, 8)}`
  const databaseUrl = await CleanState.clone(server, name, copy)
  try {
    await TableRows.run(databaseUrl, sql)
    return await use(databaseUrl)
  } finally {
    await CleanState.drop(server, copy)
  }
}

/** Looks until it has seen so many moments. */
const sampled = async (databaseUrl: string, samples: number) => {
  const sampler = MomentSampler.start({ databaseUrl, pauseMillis })
  await until("it has looked", () => sampler.stats().samples >= samples || sampler.stats().missed > 0)
  await sampler.stop()
  expect(sampler.stats().lastError).toBe("")
  return sampler
}

beforeAll(async () => {
  server = inject("postgresUrl")
  pair = await SandboxPair.start()
  await CleanState.create(server, name, pair, Math.floor(Date.now() / 60_000) * 60_000 - 600_000)
})

afterAll(async () => {
  await pair?.stop()
  await CleanState.drop(server, name)
})

describe("the sampler of moments", () => {
  it("finds nothing where all has ended well", async () => {
    const sampler = await copied("SELECT 1", (url) => sampled(url, 2))

    expect(sampler.findings()).toEqual([])
  })

  it("finds nothing in an order that is half way", async () => {
    const halfWay = `UPDATE orders SET status = 'captured', version = 4 WHERE id = '${first}';
      DELETE FROM state_history WHERE key = '${first}' AND version > 4;
      DELETE FROM state_history WHERE machine = 'shipment' AND key = '${first}/1';
      DELETE FROM shipments WHERE order_id = '${first}';
      DELETE FROM stock_ledger WHERE kind = 'sell' AND cause = 'order:${first}:1';
      UPDATE products SET reserved = reserved + 2, sold = sold - 2 WHERE id = '${SampleOrder.ids.product("acme")}'`
    const sampler = await copied(halfWay, (url) => sampled(url, 2))

    expect(sampler.findings()).toEqual([])
  })

  it.each(plantedMoments)("finds that $bug ($invariant)", async ({ invariant, says, sql }) => {
    const sampler = await copied(sql, (url) => sampled(url, 1))
    const found = sampler.findings().find((one) => one.invariant === invariant && says.test(one.message))

    expect(found, JSON.stringify(sampler.findings())).toBeDefined()
    expect(found?.witness[0]).toMatch(/\w/)
    expect(found?.witness[1]).toMatch(/^first seen at \d{4}-.*Z, in \d+ of \d+ samples$/)
  })

  it("remembers what was wrong for a while, although it is right again", async () => {
    const wrong = `UPDATE products SET available = available - 1, sold = sold + 1 WHERE sku = 'ACME-1'`
    const right = `UPDATE products SET available = available + 1, sold = sold - 1 WHERE sku = 'ACME-1'`
    const findings = await copied("SELECT 1", async (databaseUrl) => {
      const sampler = MomentSampler.start({ databaseUrl, pauseMillis })
      await TableRows.run(databaseUrl, wrong)
      await until("it is seen", () => sampler.findings().length > 0)
      await TableRows.run(databaseUrl, right)
      const { samples } = sampler.stats()
      await until("it has looked again", () => sampler.stats().samples > samples + 2)
      await sampler.stop()
      return sampler.findings()
    })

    expect(findings.map(({ invariant }) => invariant)).toEqual(["I2"])
    expect(findings[0]?.message).toContain("each kind of stock is the sum of its ledger rows")
  })

  it("counts the moments in which nobody answers, and goes on", async () => {
    const url = new URL(server)
    url.pathname = "/there_is_no_such_database"
    const sampler = MomentSampler.start({ databaseUrl: url.href, pauseMillis })
    await until("it has tried twice", () => sampler.stats().missed > 1)
    await sampler.stop()

    expect(sampler.stats()).toMatchObject({
      samples: 0,
      lastError: expect.stringContaining("does not exist")
    })
  })
})
