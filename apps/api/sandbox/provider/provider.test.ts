import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HttpServer } from "@effect/platform"
import { expect, it } from "@effect/vitest"
import { ConfigProvider, Context, Duration, Effect, Exit, Layer, Logger, LogLevel, Scope } from "effect"
import { Provider } from "./provider.ts"

type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly replayed: boolean }
type Ask = {
  readonly method?: string
  readonly key?: string
  readonly body?: unknown
  readonly giveUpMillis?: number
}

/** The real layer on a port of the system, until `stop`. */
const start = (dataDir: string) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const env = new Map([
      ["SANDBOX_PORT", "0"],
      ["DATA_DIR", dataDir]
    ])
    const layer = Provider.layer.pipe(
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env))),
      Layer.provide(Logger.minimumLogLevel(LogLevel.Warning))
    )
    const { address } = Context.get(yield* Layer.buildWithScope(layer, scope), HttpServer.HttpServer)
    const url = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
    const ask = (path: string, { method = "POST", key, body, giveUpMillis = 10_000 }: Ask = {}) =>
      Effect.tryPromise(async (): Promise<Answer> => {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            "content-type": "application/json",
            ...(key === undefined ? {} : { "Idempotency-Key": key })
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(giveUpMillis)
        })
        const text = await response.text()
        const replayed = response.headers.get("Idempotent-Replayed") === "true"
        return { status: response.status, body: text === "" ? {} : JSON.parse(text), replayed }
      })
    const pay = (key: string, token = "tok_ok", rest: Partial<Ask> & { amountMinor?: number } = {}) =>
      ask("/payments/authorisations", {
        key,
        body: { reference: "t/o/1", amountMinor: rest.amountMinor ?? 500, currency: "EUR", token },
        ...rest
      })
    const ledger = Effect.map(ask("/ledger", { method: "GET" }), ({ body }) => ({
      text: JSON.stringify(body),
      authorisations: Array.from(body.authorisations as ReadonlyArray<Record<string, string>>),
      shipments: Array.from(body.shipments as ReadonlyArray<Record<string, string>>),
      effects: Array.from(body.effects as ReadonlyArray<Record<string, string>>)
    }))
    return { ask, pay, ledger, stop: Scope.close(scope, Exit.void) }
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tessera-provider-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const started = Effect.acquireRelease(Effect.flatMap(folder, start), ({ stop }) => stop)

it.scopedLive("repeats the stored answer for the same key and charges once", () =>
  Effect.gen(function* () {
    const provider = yield* started

    const answers = yield* Effect.all(
      Array.from({ length: 20 }, () => provider.pay("k")),
      { concurrency: "unbounded" }
    )

    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 201, body: { status: "authorised", amountMinor: 500 } })
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect((yield* provider.ledger).effects).toHaveLength(1)
  })
)

it.scopedLive("refuses a key with another body, a missing key and a body it cannot read", () =>
  Effect.gen(function* () {
    const { pay, ask } = yield* started
    yield* pay("k")

    const reused = yield* pay("k", "tok_ok", { amountMinor: 501 })
    const keyless = yield* ask("/payments/authorisations", { body: {} })
    const unreadable = yield* ask("/payments/authorisations", { key: "x", body: { amountMinor: "1" } })
    const unknown = yield* pay("y", "tok_nobody")

    expect(reused).toMatchObject({ status: 422, body: { code: "key_reused" } })
    expect(keyless).toMatchObject({ status: 400, body: { code: "key_missing" } })
    expect(unreadable).toMatchObject({ status: 400, body: { code: "invalid_request" } })
    expect(unknown).toMatchObject({ status: 422, body: { code: "unknown_token" } })
  })
)

it.scopedLive("declines by token", () =>
  Effect.gen(function* () {
    const { pay } = yield* started

    expect(yield* pay("a", "tok_declined")).toMatchObject({ status: 402, body: { code: "declined" } })
    expect(yield* pay("b", "tok_insufficient_funds")).toMatchObject({
      status: 402,
      body: { code: "insufficient_funds" }
    })
  })
)

it.scopedLive("refuses a capture after a void and a void of nothing", () =>
  Effect.gen(function* () {
    const { pay, ask, ledger } = yield* started
    const path = `/payments/authorisations/${(yield* pay("k")).body.id}`
    yield* ask(`${path}/void`, { key: "k-void" })

    const capture = yield* ask(`${path}/capture`, { key: "k-capture" })
    const nothing = yield* ask("/payments/authorisations/auth_nobody/void", { key: "k-nothing" })

    expect(capture).toMatchObject({ status: 409, body: { code: "already_voided" } })
    expect(nothing.status).toBe(404)
    expect((yield* ledger).authorisations).toMatchObject([{ key: "k", status: "voided" }])
  })
)

it.scopedLive("pays back in parts, shows how much went back, and never more than was captured", () =>
  Effect.gen(function* () {
    const { pay, ask, ledger } = yield* started
    const path = `/payments/authorisations/${(yield* pay("k")).body.id}`
    const refund = (key: string, body: unknown) => ask(`${path}/refund`, { key, body })
    yield* ask(`${path}/capture`, { key: "k-capture" })

    const part = yield* refund("r1", { amountMinor: 200 })
    const again = yield* refund("r1", { amountMinor: 200 })
    const other = yield* refund("r1", { amountMinor: 201 })
    const none = yield* refund("r2", { amountMinor: 0 })
    const over = yield* refund("r3", { amountMinor: 301 })
    const between = (yield* ledger).authorisations
    const rest = yield* refund("r4", {})

    expect(part).toMatchObject({ status: 200, body: { status: "partially_refunded" }, replayed: false })
    expect(again).toMatchObject({ status: 200, body: { status: "partially_refunded" }, replayed: true })
    expect(other).toMatchObject({ status: 422, body: { code: "key_reused" } })
    expect(none).toMatchObject({ status: 400, body: { code: "invalid_request" } })
    expect(over).toMatchObject({ status: 409, body: { code: "refund_exceeds_capture" } })
    expect(between).toMatchObject([{ status: "partially_refunded", refundedMinor: 200 }])
    expect(rest).toMatchObject({ status: 200, body: { status: "refunded" } })
    expect((yield* ledger).authorisations).toMatchObject([{ status: "refunded", refundedMinor: 500 }])
  })
)

it.scopedLive("leaves no open authorisation when it is voided by key while it is made", () =>
  Effect.gen(function* () {
    const { pay, ask, ledger } = yield* started
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`)

    const races = yield* Effect.forEach(
      keys,
      (key, index) =>
        Effect.gen(function* () {
          const voiding = ask("/payments/void-by-key", {
            key: `${key}-void`,
            body: { authorisationKey: key }
          })
          // Every second void sets out first.
          const early = yield* Effect.fork(index % 2 === 0 ? pay(key) : voiding)
          const late = yield* index % 2 === 0 ? voiding : pay(key)
          const [paid, voided] = index % 2 === 0 ? [yield* early, late] : [late, yield* early]
          return { paid, voided }
        }),
      { concurrency: "unbounded" }
    )

    const { authorisations } = yield* ledger
    expect(authorisations.filter(({ status }) => status !== "voided")).toEqual([])
    for (const { paid, voided } of races)
      expect([
        [201, "voided"],
        [409, "none"]
      ]).toContainEqual([paid.status, voided.body.status])
  })
)

it.scopedLive("has the same books after a restart, also when it was killed while it wrote", () =>
  Effect.gen(function* () {
    const dataDir = yield* folder
    const first = yield* start(dataDir)
    const path = `/payments/authorisations/${(yield* first.pay("k")).body.id}`
    yield* first.ask(`${path}/capture`, { key: "k-capture" })
    yield* first.ask("/payments/void-by-key", { key: "v", body: { authorisationKey: "burned" } })
    yield* first.ask("/shipments", { key: "s", body: { reference: "t/o/1", postcode: "10115" } })
    const before = (yield* first.ledger).text
    yield* first.stop
    const file = join(dataDir, "sandbox", "ledger.ndjson")
    appendFileSync(file, '{"key":"half of a line é')

    const second = yield* Effect.acquireRelease(start(dataDir), ({ stop }) => stop)

    expect((yield* second.ledger).text).toBe(before)
    expect(yield* second.pay("k")).toMatchObject({ status: 201, replayed: true })
    expect(yield* second.ask(`${path}/void`, { key: "w" })).toMatchObject({
      body: { code: "already_captured" }
    })
    expect(yield* second.pay("burned")).toMatchObject({ status: 409, body: { code: "key_voided" } })
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n"))
      expect(() => JSON.parse(line)).not.toThrow()
  })
)

it.scopedLive(
  "records the effect of tok_timeout, withholds the answer and gives it to the retry at once",
  () =>
    Effect.gen(function* () {
      const { pay, ledger } = yield* started

      const first = yield* Effect.exit(pay("k", "tok_timeout", { giveUpMillis: 300 }))
      const retry = yield* pay("k", "tok_timeout", { giveUpMillis: 5_000 })

      expect(Exit.isFailure(first)).toBe(true)
      expect(retry).toMatchObject({ status: 201, replayed: true })
      expect((yield* ledger).effects).toHaveLength(1)
    })
)

it.scopedLive("fails a flaky token before any effect, so that the key stays unused", () =>
  Effect.gen(function* () {
    const { pay, ledger } = yield* started

    const flaky = yield* pay("k", "tok_flaky_100")
    const other = yield* pay("k", "tok_flaky_0")

    expect(flaky).toMatchObject({ status: 503, body: { code: "unavailable" } })
    expect(other).toMatchObject({ status: 201, replayed: false })
    expect((yield* ledger).effects).toHaveLength(1)
  })
)

it.scopedLive("books and cancels shipments and rejects the address 00000", () =>
  Effect.gen(function* () {
    const { ask, ledger } = yield* started
    const booked = yield* ask("/shipments", { key: "s", body: { reference: "t/o/1", postcode: "10115" } })

    const rejected = yield* ask("/shipments", { key: "r", body: { reference: "t/o/2", postcode: "00000" } })
    const cancelled = yield* ask(`/shipments/${booked.body.id}/cancel`, { key: "c" })
    const unknown = yield* ask("/shipments/ship_nobody/cancel", { key: "u" })

    expect(booked).toMatchObject({ status: 201, body: { status: "booked" } })
    expect(rejected).toMatchObject({ status: 422, body: { code: "address_rejected" } })
    expect([cancelled.status, unknown.status]).toEqual([200, 404])
    expect((yield* ledger).shipments).toMatchObject([{ key: "s", reference: "t/o/1", status: "cancelled" }])
  })
)

it.scopedLive("books for the postcode 99999 at once and answers late, but the retry without delay", () =>
  Effect.gen(function* () {
    const { ask } = yield* started
    const ship = (giveUpMillis: number) =>
      ask("/shipments", { key: "s", body: { reference: "t/o/1", postcode: "99999" }, giveUpMillis })

    const first = yield* Effect.exit(ship(300))
    const [waited, retry] = yield* Effect.timed(ship(5_000))

    expect(Exit.isFailure(first)).toBe(true)
    expect(retry).toMatchObject({ status: 201, replayed: true })
    expect(Duration.toMillis(waited)).toBeLessThan(2_000)
  })
)

it.scopedLive("obeys the failure panel until it is reset", () =>
  Effect.gen(function* () {
    const { ask, pay } = yield* started
    const control = (body: unknown) => ask("/control", { method: "PUT", body })
    const ship = (key: string) => ask("/shipments", { key, body: { reference: "t/o/1", postcode: "10115" } })

    yield* control({ declineRatePercent: 100, carrierOutage: true })
    expect(yield* pay("a")).toMatchObject({ status: 402, body: { code: "declined" } })
    expect(yield* ship("s")).toMatchObject({ status: 503, body: { code: "carrier_outage" } })
    yield* control({ errorRatePercent: 100 })
    expect(yield* pay("b")).toMatchObject({ status: 503 })
    expect((yield* control({ errorRatePercent: 101 })).status).toBe(400)
    yield* control({ latencyMillis: 200 })
    const [waited, slow] = yield* Effect.timed(pay("b"))
    expect(slow.status).toBe(201)
    expect(Duration.toMillis(waited)).toBeGreaterThanOrEqual(195)
    yield* control({})
    expect((yield* ask("/control", { method: "GET" })).body).toEqual({
      latencyMillis: 0,
      errorRatePercent: 0,
      carrierOutage: false,
      declineRatePercent: 0
    })
    expect((yield* ship("s")).status).toBe(201)
  })
)

it.scopedLive("stops in less than a second while a request hangs", () =>
  Effect.gen(function* () {
    const provider = yield* Effect.flatMap(folder, start)
    const hanging = yield* Effect.fork(
      Effect.exit(provider.pay("k", "tok_timeout", { giveUpMillis: 20_000 }))
    )
    yield* Effect.repeat(provider.ledger, { until: ({ effects }) => effects.length === 1 })

    const [waited] = yield* Effect.timed(provider.stop)

    expect(Duration.toMillis(waited)).toBeLessThan(1_000)
    expect(Exit.isFailure(yield* hanging)).toBe(true)
  })
)
