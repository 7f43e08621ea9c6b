import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FetchHttpClient, HttpBody, HttpClient, HttpServer } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Outbound } from "@tessera/infra/outbound/outbound"
import { Tenancy } from "@tessera/infra/tenancy"
import {
  Cause,
  ConfigProvider,
  Context,
  Effect,
  Exit,
  Layer,
  Logger,
  LogLevel,
  Option,
  Redacted,
  Ref
} from "effect"
import { Provider } from "../../sandbox/provider/provider.ts"
import { Payments } from "../features/fulfilment/payments.ts"
import { SandboxPayments } from "./sandbox-payments.ts"
import { StripePayments } from "./stripe-payments.ts"
import { StripeReplay } from "./testing/stripe-replay.ts"

type Card = "good" | "declined" | "poor" | "suspicious"
type Asked = Effect.Effect<unknown, Payments.Declined, Tenancy.Current>

/** What the promises of the port are held against. */
class Bench extends Context.Tag("test/Bench")<
  Bench,
  {
    readonly payments: Payments.Shape
    readonly cards: Readonly<Record<Card, string>>
    readonly begin: (name: string) => Effect.Effect<void>
    /** From then on it gives no answer, until `up`. */
    readonly down: Effect.Effect<void>
    readonly up: Effect.Effect<void>
    /** Whatever else was wrong with what it was asked. */
    readonly complaints: Effect.Effect<ReadonlyArray<string>>
  }
>() {}

const tenant = Effect.provideService(
  Tenancy.Current,
  Tenancy.system(Tenancy.Id.make("0199a000-0000-7000-8000-00000000000a"), "test")
)

const sandbox = Layer.scoped(
  Bench,
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "payments-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true }))
    )
    const env = new Map([
      ["SANDBOX_PORT", "0"],
      ["DATA_DIR", folder]
    ])
    const provider = Provider.layer.pipe(
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(env))),
      Layer.provide(Logger.minimumLogLevel(LogLevel.Warning))
    )
    const { address } = Context.get(yield* Layer.build(provider), HttpServer.HttpServer)
    const url = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
    const adapter = SandboxPayments.layer({ url }).pipe(Layer.provide(Outbound.layer({ allow: [url] })))
    const fail = (errorRatePercent: number) =>
      HttpClient.put(`${url}/control`, { body: HttpBody.unsafeJson({ errorRatePercent }) }).pipe(
        Effect.provide(FetchHttpClient.layer),
        Effect.scoped,
        Effect.orDie,
        Effect.asVoid
      )
    return {
      payments: Context.get(yield* Layer.build(adapter), Payments),
      cards: {
        good: "tok_ok",
        declined: "tok_declined",
        poor: "tok_insufficient_funds",
        suspicious: "tok_suspicious"
      },
      begin: () => Effect.void,
      down: fail(100),
      up: fail(0),
      complaints: Effect.succeed([])
    }
  })
).pipe(Layer.orDie)

const stripe = Layer.scoped(
  Bench,
  Effect.gen(function* () {
    const { begin, complaints, key, url } = yield* StripeReplay
    const adapter = StripePayments.layer({ url, key }).pipe(Layer.provide(Outbound.layer({ allow: [url] })))
    return {
      payments: Context.get(yield* Layer.build(adapter), Payments),
      cards: {
        good: "pm_card_visa",
        declined: "pm_card_chargeDeclined",
        poor: "pm_card_chargeDeclinedInsufficientFunds",
        suspicious: "pm_card_authenticationRequired"
      },
      begin,
      down: Effect.void,
      up: Effect.void,
      complaints
    }
  })
).pipe(Layer.provideMerge(StripeReplay.layer), Layer.orDie)

/** One case, its keys and its order; `held` is the id that was answered last. */
const talk = (name: string, card: Card) =>
  Effect.gen(function* () {
    const bench = yield* Bench
    const held = yield* Ref.make("")
    yield* bench.begin(name)
    const call = (step: string) => ({ key: `${name}:${step}`, reference: "tenant/order/1" })
    const authorisation = {
      ...call("authorise"),
      amountMinor: 2_000,
      currency: "EUR",
      token: bench.cards[card]
    }
    const withId = (ask: (id: string) => Asked) => Effect.flatMap(Ref.get(held), ask)
    return {
      ...bench,
      authorise: Effect.tap(bench.payments.authorise(authorisation), (id) => Ref.set(held, id)),
      capture: (step = "capture") => withId((id) => bench.payments.capture(id, call(step))),
      refund: (step = "refund", amountMinor?: number) =>
        withId((id) =>
          bench.payments.refund(id, { ...call(step), ...(amountMinor !== undefined && { amountMinor }) })
        ),
      voidNoted: (step = "void") =>
        withId((id) => bench.payments.voidByKey({ ...authorisation, id }, call(step))),
      voidUnnoted: (step = "void") => bench.payments.voidByKey({ ...authorisation, id: null }, call(step))
    }
  })

type Talk = Effect.Effect.Success<ReturnType<typeof talk>>

const isId = (answer: unknown) => typeof answer === "string"

/** `ok`, `declined`, or `no answer`; an id is `held 1`, the next other one `held 2`. */
const outcomes = (asks: ReadonlyArray<Asked>) =>
  Effect.gen(function* () {
    const exits = yield* Effect.forEach(asks, Effect.exit)
    const ids = [...new Set(exits.filter(Exit.isSuccess).map(({ value }) => value))].filter(isId)
    return exits.map(
      Exit.match({
        onSuccess: (id) => (isId(id) ? `held ${ids.indexOf(id) + 1}` : "ok"),
        onFailure: (cause) => (Option.isSome(Cause.failureOption(cause)) ? "declined" : "no answer")
      })
    )
  })

interface Promise {
  readonly name: string
  readonly card?: Card
  readonly asks: (talk: Talk) => ReadonlyArray<Asked>
  readonly outcomes: ReadonlyArray<string>
}

const promises: ReadonlyArray<Promise> = [
  {
    name: "holds, takes and pays back",
    asks: ({ authorise, capture, refund }) => [authorise, capture(), refund()],
    outcomes: ["held 1", "ok", "ok"]
  },
  {
    name: "declines a card",
    card: "declined",
    asks: ({ authorise }) => [authorise],
    outcomes: ["declined"]
  },
  {
    name: "declines a card without funds",
    card: "poor",
    asks: ({ authorise }) => [authorise],
    outcomes: ["declined"]
  },
  {
    name: "declines again, with the same answer",
    card: "declined",
    asks: ({ authorise }) => [authorise, authorise],
    outcomes: ["declined", "declined"]
  },
  {
    name: "holds once, however often it is asked",
    asks: ({ authorise }) => [authorise, authorise],
    outcomes: ["held 1", "held 1"]
  },
  {
    name: "takes once, however often it is asked",
    asks: ({ authorise, capture }) => [authorise, capture(), capture(), capture("capture-2")],
    outcomes: ["held 1", "ok", "ok", "declined"]
  },
  {
    name: "takes nothing after a void",
    asks: ({ authorise, capture, voidNoted }) => [authorise, voidNoted(), voidNoted(), capture()],
    outcomes: ["held 1", "ok", "ok", "declined"]
  },
  {
    name: "voids what nobody has noted",
    asks: ({ authorise, capture, voidUnnoted }) => [authorise, voidUnnoted(), capture()],
    outcomes: ["held 1", "ok", "declined"]
  },
  {
    name: "voids what was never asked for, and then holds nothing",
    asks: ({ authorise, voidUnnoted }) => [voidUnnoted(), authorise],
    outcomes: ["ok", "declined"]
  },
  {
    name: "voids nothing where a card was declined",
    card: "declined",
    asks: ({ authorise, voidUnnoted }) => [authorise, voidUnnoted()],
    outcomes: ["declined", "ok"]
  },
  {
    name: "voids twice",
    asks: ({ authorise, voidNoted }) => [authorise, voidNoted(), voidNoted("void-2")],
    outcomes: ["held 1", "ok", "ok"]
  },
  {
    name: "does not void what is taken",
    asks: ({ authorise, capture, voidNoted }) => [authorise, capture(), voidNoted()],
    outcomes: ["held 1", "ok", "declined"]
  },
  {
    name: "has no trouble to void what is paid back",
    asks: ({ authorise, capture, refund, voidNoted }) => [authorise, capture(), refund(), voidNoted()],
    outcomes: ["held 1", "ok", "ok", "ok"]
  },
  {
    name: "pays back once, however often it is asked",
    asks: ({ authorise, capture, refund }) => [authorise, capture(), refund(), refund(), refund("refund-2")],
    outcomes: ["held 1", "ok", "ok", "ok", "declined"]
  },
  {
    name: "pays back in parts, and no more than was taken",
    asks: ({ authorise, capture, refund }) => [
      ...[authorise, capture()],
      ...[refund("refund-1", 500), refund("refund-2", 1501), refund("refund-3")]
    ],
    outcomes: ["held 1", "ok", "ok", "declined", "ok"]
  },
  {
    name: "does not pay back what was never taken",
    asks: ({ authorise, refund }) => [authorise, refund()],
    outcomes: ["held 1", "declined"]
  },
  {
    name: "gives no answer, and is asked again",
    asks: ({ authorise, down, up }) => [down, authorise, up, authorise],
    outcomes: ["ok", "no answer", "ok", "held 1"]
  }
]

describe.each([
  { provider: "the sandbox", bench: sandbox },
  { provider: "Stripe", bench: stripe }
])("a payment provider, $provider", ({ bench }) => {
  it.live.each(promises)("$name", (promise) =>
    Effect.gen(function* () {
      const spoken = yield* talk(promise.name, promise.card ?? "good")
      const seen = yield* outcomes(promise.asks(spoken))

      assert.deepStrictEqual(seen, promise.outcomes)
      assert.deepStrictEqual(yield* spoken.complaints, [])
    }).pipe(tenant, Effect.provide(bench))
  )
})

describe("Stripe", () => {
  it.live.each([
    { name: "declines a card", card: "declined", code: "generic_decline" },
    { name: "declines a card without funds", card: "poor", code: "insufficient_funds" },
    { name: "wants the customer to authenticate", card: "suspicious", code: "authentication_required" },
    { name: "waits for the customer all the same", card: "suspicious", code: "authentication_required" },
    { name: "knows the key of another request", card: "good", code: "idempotency_error" }
  ] as const)("$name, and says $code", ({ card, code, name }) =>
    Effect.gen(function* () {
      const { authorise, complaints } = yield* talk(name, card)
      const refusal = yield* Effect.flip(authorise)

      assert.strictEqual(refusal.code, code)
      assert.deepStrictEqual(yield* complaints, [])
    }).pipe(tenant, Effect.provide(stripe))
  )

  it.live("does not take a key that belongs to another request for one that holds nothing", () =>
    Effect.gen(function* () {
      const { complaints, voidUnnoted } = yield* talk("knows the key of another request", "good")
      const refusal = yield* Effect.flip(voidUnnoted())

      assert.strictEqual(refusal.code, "idempotency_error")
      assert.deepStrictEqual(yield* complaints, [])
    }).pipe(tenant, Effect.provide(stripe))
  )

  it.live("declines a refund that fails on its way", () =>
    Effect.gen(function* () {
      const { complaints, payments } = yield* talk("cannot pay back", "good")
      const call = { key: "cannot pay back:refund", reference: "tenant/order/1" }
      const refusal = yield* Effect.flip(payments.refund("pi_3MtwBwLkdIwHu7ix28a3tqPa", call))

      assert.strictEqual(refusal.code, "refund_failed")
      assert.deepStrictEqual(yield* complaints, [])
    }).pipe(tenant, Effect.provide(stripe))
  )

  it.live.each(["is busy with the same key", "does not know who asks", "is slow to hold"])(
    "%s: that is no answer, and nobody learns the key of the account",
    (name) =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const written = Logger.make((entry) => {
          lines.push(Logger.logfmtLogger.log(entry), Logger.jsonLogger.log(entry))
        })
        const { authorise, complaints } = yield* talk(name, "good")
        const exit = yield* authorise.pipe(
          Effect.tapErrorCause((cause) => Effect.logError("no answer", cause)),
          Effect.withSpan("test"),
          Logger.withMinimumLogLevel(LogLevel.All),
          Effect.provide(Logger.replace(Logger.defaultLogger, written)),
          Effect.exit
        )
        const { key } = yield* StripeReplay

        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.include(lines.join("\n"), "no answer")
        assert.notInclude(lines.join("\n"), Redacted.value(key))
        assert.deepStrictEqual(yield* complaints, [])
      }).pipe(tenant, Effect.provide(stripe))
  )
})
