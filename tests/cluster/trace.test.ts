/** One request, one trace id: in the rows and log lines of whichever replica works for it. */
import { randomBytes, randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { ApiClient } from "../support/api-client.ts"
import { Fleet } from "../support/fleet.ts"
import { until } from "../support/until.ts"

interface Placed {
  readonly id: string
  readonly traceId: string
  readonly requestId: string
}
interface Step {
  readonly replica: string
  readonly trace_id: string
  readonly request_id: string
}

const _tries = 24

let fleet: Fleet
let acme: ApiClient

beforeAll(async () => {
  fleet = await Fleet.whole()
  acme = new ApiClient(fleet, "acme")
})

/** Through replica 1, in a trace of its own; the card is declined, since an undone order leaves a log line. */
const place = async (): Promise<Placed> => {
  const traceId = randomBytes(16).toString("hex")
  const requestId = `trace-${randomUUID()}`
  const placing = acme.placing({ paymentToken: "tok_declined" })
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`
  const headers = { ...placing.headers, traceparent, "x-request-id": requestId }
  const answer = await acme.ask(1, { ...placing, headers })
  expect(answer.status).toBe(201)
  await acme.ended(answer.body.id)
  return { id: answer.body.id, traceId, requestId }
}

const stepsOf = ({ id }: Placed) =>
  fleet.sql<Step>("SELECT replica, trace_id, request_id FROM saga_steps WHERE key LIKE $1", [`${id}/%`])

/** What a replica has logged, an entry each: with its annotations, which may stand on lines of their own. */
const logOf = (replica: string) =>
  readFileSync(join(fleet.dataDir, "logs", `${replica}.log`), "utf8").split(/^(?=\[|timestamp=|\{)/m)

/** Shards are dealt by hash, so a saga runs elsewhere two times in three. */
const placedElsewhere = async (tries = _tries): Promise<Placed & { readonly steps: ReadonlyArray<Step> }> => {
  const placed = await place()
  const steps = await stepsOf(placed)
  if (steps.every(({ replica }) => replica !== "replica-1")) return { ...placed, steps }
  if (tries === 0) throw new Error(`None of ${_tries} sagas ran on another replica.`)
  return placedElsewhere(tries - 1)
}

describe("an order placed through replica 1 in the trace of its caller", () => {
  it("has the caller's trace and request in the rows and the log of the replica that worked for it", async () => {
    const { id, requestId, steps, traceId } = await placedElsewhere()
    const jobs = await fleet.sql<{ readonly traceparent: string; readonly request: string }>(
      "SELECT traceparent, actor->>'requestId' AS request FROM jobs WHERE payload->>'orderId' = $1",
      [id]
    )
    const events = await fleet.sql<{ readonly traceparent: string; readonly request_id: string }>(
      "SELECT traceparent, request_id FROM events WHERE aggregate_id = $1",
      [id]
    )
    const line = await until("a log line of the replica that ran the job", () =>
      ["replica-1", "replica-2", "replica-3"]
        .flatMap(logOf)
        .find((text) => text.includes("the order was undone") && text.includes(requestId))
    )

    expect(steps.length).toBeGreaterThanOrEqual(3)
    expect(new Set(steps.map(({ trace_id }) => trace_id))).toEqual(new Set([traceId]))
    expect(new Set(steps.map(({ request_id }) => request_id))).toEqual(new Set([requestId]))
    expect(jobs.map(({ request, traceparent }) => [traceparent.slice(3, 35), request])).toEqual([
      [traceId, requestId]
    ])
    // The first was written by the request, the others by the saga, elsewhere.
    expect(events.length).toBeGreaterThanOrEqual(2)
    expect(new Set(events.map(({ traceparent }) => traceparent.slice(3, 35)))).toEqual(new Set([traceId]))
    expect(new Set(events.map((event) => event.request_id))).toEqual(new Set([requestId]))
    expect(line).toContain(traceId)
    expect(line).toMatch(/replica.{1,3}replica-[123]/)
  })
})
