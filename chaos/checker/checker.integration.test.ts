import { randomUUID } from "node:crypto"
import { rmSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { type HistoryEntry } from "../history/history-entry.ts"
import { HistoryReader } from "../history/history-reader.ts"
import { HistoryWriter } from "../history/history-writer.ts"
import { Workload } from "../workload/workload.ts"
import { Checker } from "./checker.ts"
import { CleanHistory } from "./testing/clean-history.ts"
import { CleanState } from "./testing/clean-state.ts"
import { legalOddities } from "./testing/legal-oddities.ts"
import { type Planted } from "./testing/planted.ts"
import { plantedHistories } from "./testing/planted-histories.ts"
import { plantedLeaders } from "./testing/planted-leaders.ts"
import { plantedMessages } from "./testing/planted-messages.ts"
import { plantedOrders } from "./testing/planted-orders.ts"
import { plantedParcels } from "./testing/planted-parcels.ts"
import { plantedRefunds } from "./testing/planted-refunds.ts"
import { plantedReservations } from "./testing/planted-reservations.ts"
import { SampleOrder } from "./testing/sample-order.ts"
import { SandboxPair } from "./testing/sandbox-pair.ts"
import { TableRows } from "./testing/table-rows.ts"
import { type Violation } from "./violation.ts"

/** The clean state covers eight minutes, the last of which has ended. */
const startedAt = Math.floor(Date.now() / 60_000) * 60_000 - 600_000
const name = `checker_${randomUUID().replaceAll("-", "")}`
let server = ""
let clean: SandboxPair
let cleanUrl = ""
let cleanViolations: ReadonlyArray<Violation> = []

const check = async (
  databaseUrl: string,
  pair: SandboxPair,
  lines: ReadonlyArray<HistoryEntry.Line>
): Promise<ReadonlyArray<Violation>> => {
  const historyFile = join(pair.folder, `${randomUUID()}.ndjson`)
  const history = new HistoryWriter(historyFile)
  for (const line of lines) history.append(line)
  history.close()
  const { receiverFile, receiverUrl, sandboxUrl } = pair
  const options = { historyFile, databaseUrl, sandboxUrl, receiverUrl, receiverFile, seed: 7, case: "RF-01" }
  const violations = await Checker.check({ ...options, minutes: 3 })
  rmSync(historyFile)
  return violations
}

/** The clean state with one thing changed; everything else is a copy. */
const planted = async ({ history, outside, sql }: Planted.Change): Promise<ReadonlyArray<Violation>> => {
  const copy = `${name}_${randomUUID().slice(0, 8)}`
  const databaseUrl = sql === undefined ? cleanUrl : await CleanState.clone(server, name, copy)
  const pair = outside === undefined ? clean : await SandboxPair.start(clean)
  try {
    if (sql !== undefined) await TableRows.run(databaseUrl, sql)
    await outside?.(pair)
    const lines = CleanHistory.lines(startedAt)
    return await check(databaseUrl, pair, history?.(lines) ?? lines)
  } finally {
    if (pair !== clean) await pair.stop()
    if (databaseUrl !== cleanUrl) await CleanState.drop(server, copy)
  }
}

beforeAll(async () => {
  server = inject("postgresUrl")
  clean = await SandboxPair.start()
  cleanUrl = await CleanState.create(server, name, clean, startedAt)
  cleanViolations = await check(cleanUrl, clean, CleanHistory.lines(startedAt))
})

afterAll(async () => {
  await clean?.stop()
  await CleanState.drop(server, name)
})

describe("the checker", () => {
  it("finds nothing where nothing is wrong", () => {
    expect(Checker.text(cleanViolations)).toBe("no violation")
    expect(cleanViolations).toEqual([])
  })

  it("asks the receiver itself when there is no file", async () => {
    const historyFile = join(clean.folder, "by-url.ndjson")
    const history = new HistoryWriter(historyFile)
    for (const line of CleanHistory.lines(startedAt)) history.append(line)
    history.close()
    const { receiverUrl, sandboxUrl } = clean
    const options = { historyFile, databaseUrl: cleanUrl, sandboxUrl, receiverUrl, seed: 7 }

    expect(await Checker.check(options)).toEqual([])
  })

  it.each(
    [
      ...[plantedOrders, plantedParcels, plantedRefunds, plantedReservations],
      ...[plantedHistories, plantedMessages, plantedLeaders]
    ].flat()
  )("finds that $bug ($invariant)", async (bug) => {
    const violations = await planted(bug)
    const isMeant = ({ invariant, message }: Violation) =>
      invariant === bug.invariant && bug.says.test(message)
    const found = violations.find(isMeant)

    expect(cleanViolations.filter(isMeant)).toEqual([])
    expect(found, Checker.text(violations)).toBeDefined()
    expect(found?.witness.length).toBeGreaterThan(0)
    expect(found?.witness.join("")).not.toBe("")
    expect(found?.reproduction).toBe("npm run chaos -- --seed 7 --case RF-01 --minutes 3")
  })

  it("shows the lines of the history beside the row that is wrong", async () => {
    const bug = plantedOrders.find(({ says }) =>
      says.test("an order is charged nothing or exactly its total")
    )
    const violations = await planted(bug ?? {})
    const [violation] = violations.filter(({ message }) => bug?.says.test(message))

    expect(violation?.witness[0]).toMatch(/^order .*: total 2000, held 2001$/)
    expect(violation?.witness.slice(1).join("\n")).toContain('"key":"chaos-7-first"')
  })

  it.each(legalOddities)("says nothing about $what", async (change) => {
    expect(Checker.text(await planted(change))).toBe("no violation")
  })
})

describe("a drain that does not end", () => {
  it("says what is left and puts it into the history, where the checker finds it", async () => {
    const copy = `${name}_drain`
    const databaseUrl = await CleanState.clone(server, name, copy)
    const id = SampleOrder.ids.order("first")
    await TableRows.run(databaseUrl, `UPDATE orders SET status = 'captured' WHERE id = '${id}'`)
    const api = createServer((_, response) => response.end('{"items":[{"id":"p","sku":"ACME-1"}]}'))
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve))
    const { port } = api.address() as AddressInfo
    const history = new HistoryWriter(join(clean.folder, "drain.ndjson"))
    const tenants = [{ slug: "acme", apiKey: "tsk" }]
    const options = { url: `http://127.0.0.1:${port}`, tenants, seed: 7, clients: 0, streams: 0, history }
    const workload = await Workload.start(options)

    const drained = await workload.drain({ databaseUrl, millis: 700 })

    history.close()
    api.closeAllConnections()
    await new Promise((resolve) => api.close(resolve))
    await CleanState.drop(server, copy)
    expect(drained).toMatchObject({ isDrained: false, left: [`order ${id} is captured`] })
    const lines = await HistoryReader.all(history.file)
    expect(lines.at(-1)).toMatchObject({ operation: "drain", phase: "fail", result: { left: drained.left } })
  })
})
