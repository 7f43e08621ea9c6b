import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { until } from "../../tests/support/until.ts"
import { type HistoryEntry } from "../history/history-entry.ts"
import { HistoryReader } from "../history/history-reader.ts"
import { HistoryWriter } from "../history/history-writer.ts"
import { EventWatcher } from "./event-watcher.ts"
import { Seeded } from "./seeded.ts"
import { TenantDesk } from "./tenant-desk.ts"
import { TriedOperation } from "./tried-operation.ts"
import { WorkloadMeter } from "./workload-meter.ts"

/** A server that misbehaves as told: what a replica does only when it is killed at the right moment. */
let server: Server
let answers: Array<RequestListener> = []
let folder = ""
let history: HistoryWriter
let desk: TenantDesk
const meter = new WorkloadMeter()

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
  }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tessera-workload-"))
  history = new HistoryWriter(join(folder, "history.ndjson"))
  answers = [json(200, { items: [{ id: "p", sku: "ACM-1" }] })]
  server = createServer((request, response) => {
    const answer = answers.shift() ?? json(500, {})
    request.resume().on("end", () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const target = {
    url: `http://127.0.0.1:${port}`,
    apiKey: "tsk",
    foreign: ["CANARY-globex"],
    timeoutMillis: 300
  }
  const names = { slug: "acme", place: 1, prefix: "chaos-1", canary: "CANARY-acme" }
  desk = await TenantDesk.open({ ...names, target, history, meter, patienceMillis: 2_000 })
})

afterEach(async () => {
  history.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const lines = async (): Promise<ReadonlyArray<HistoryEntry.Line>> => {
  history.flush()
  return HistoryReader.all(history.file)
}

const operation = (isRepeatable: boolean) => ({
  process: "acme-1",
  operation: "place" as const,
  key: "key-1",
  request: { method: "POST", path: "/v1/orders", headers: { "idempotency-key": "key-1" }, body: {} },
  isRepeatable,
  keep: (body: unknown) => ({ id: (body as { id: string }).id })
})

describe("an operation", () => {
  it("is tried again under its key through lost connections, silence, 502 and 503 until it is answered", async () => {
    const keys: Array<unknown> = []
    const noting =
      (answer: RequestListener): RequestListener =>
      (request, response) => {
        keys.push(request.headers["idempotency-key"])
        answer(request, response)
      }
    answers = [
      noting((request) => request.socket.destroy()),
      noting(() => {}),
      noting(json(502, { code: "ReplicaLost" })),
      noting(json(503, { code: "NoReplicaReady" }, { "retry-after": "0" })),
      noting(json(201, { id: "o", name: "of CANARY-globex" }))
    ]

    const answer = await TriedOperation.run(desk, operation(true))

    expect(answer.status).toBe(201)
    expect(keys).toEqual(Array.from({ length: 5 }, () => "key-1"))
    const all = await lines()
    expect(all.map(({ phase }) => phase)).toEqual(["invoke", "info", "info", "info", "refused", "ok"])
    expect(all.at(-1)?.result).toMatchObject({ id: "o", foreign: [expect.stringContaining("CANARY-globex")] })
  })

  it("ends with its first attempt when a second could do it twice", async () => {
    answers = [json(502, {}), json(200, { id: "o" })]

    const answer = await TriedOperation.run(desk, operation(false))

    expect(answer.phase).toBe("info")
    expect((await lines()).map(({ phase }) => phase)).toEqual(["invoke", "info"])
  })

  it("obeys a refusal and takes 4xx for an answer", async () => {
    answers = [json(503, {}, { "retry-after": "1" }), json(422, { code: "Order.KeyReused" })]
    const startedAt = performance.now()

    const answer = await TriedOperation.run(desk, operation(true))

    expect(answer.phase).toBe("fail")
    expect(performance.now() - startedAt).toBeGreaterThan(950)
  })

  it("gives up when its patience ends, and says so", async () => {
    const answer = await TriedOperation.run(desk, operation(true))

    expect(answer.phase).toBe("info")
    expect((await lines()).at(-1)).toMatchObject({ phase: "info", result: { status: 500, gaveUp: true } })
  })
})

describe("an event stream", () => {
  it("comes back where it was and notes what it is shown, doubled or not", async () => {
    const asked: Array<unknown> = []
    const frame = (seq: number) =>
      `id: ${seq}\nevent: order.placed\ndata: ${JSON.stringify({ seq, id: `e${seq}`, type: "order.placed", aggregateId: "o", version: 1 })}\n\n`
    const stream =
      (text: string): RequestListener =>
      (request, response) => {
        asked.push(request.headers["last-event-id"])
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write(`retry: 1000\n\n: heartbeat\n\n${text}`, () => response.destroy())
      }
    answers = [
      json(200, { items: [], head: 4 }),
      stream(frame(5) + frame(6)),
      json(503, {}),
      stream(frame(6) + frame(7))
    ]

    const watcher = await EventWatcher.open("acme-stream-1", desk)
    await until("the last event", () => watcher.seq === 7, 5_000)
    await watcher.close()

    const seen = (await lines()).flatMap(({ operation: name, phase, result }) =>
      name === "stream" && phase === "ok" ? (result as HistoryEntry.Seen).events.map(({ seq }) => seq) : []
    )
    expect(asked.slice(0, 2)).toEqual(["4", "6"])
    expect(seen).toEqual([5, 6, 6, 7])
  })
})

describe("a seed", () => {
  it("repeats, and differs by name", () => {
    const draw = (seed: number, name: string) => {
      const chance = new Seeded(seed).fork(name)
      return Array.from(
        { length: 50 },
        () => chance.weighted({ place: 40, cancel: 10 }) + chance.between(1, 6)
      )
    }

    expect(draw(7, "acme-1")).toEqual(draw(7, "acme-1"))
    expect(draw(7, "acme-1")).not.toEqual(draw(7, "acme-2"))
    expect(draw(7, "acme-1")).not.toEqual(draw(8, "acme-1"))
  })

  it("keeps to the weights", () => {
    const chance = new Seeded(1)
    const drawn = Array.from({ length: 5_000 }, () => chance.weighted({ place: 40, cancel: 10, list: 50 }))

    expect(drawn.filter((name) => name === "place").length / 5_000).toBeCloseTo(0.4, 1)
    expect(drawn.filter((name) => name === "cancel").length / 5_000).toBeCloseTo(0.1, 1)
  })
})
