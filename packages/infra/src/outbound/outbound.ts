import { HttpTraceContext } from "@effect/platform"
import { NodeStream } from "@effect/platform-node"
import {
  Chunk,
  Clock,
  Context,
  Duration,
  Effect,
  Layer,
  Option,
  Schedule,
  Schema,
  Stream,
  Struct
} from "effect"
import { Agent, type Dispatcher, request as send } from "undici"
import { AddressGuard } from "./address-guard.ts"
import { CircuitBreakers } from "./circuit-breakers.ts"
import { OutboundFailure } from "./outbound-failure.ts"

declare namespace Outbound {
  type Failure = OutboundFailure
  type Options = {
    /** Exact origins (`http://127.0.0.1:4020`) that may be reached although they are not public. */
    readonly allow: ReadonlyArray<string>
  }
  type Request = {
    readonly method: Dispatcher.HttpMethod
    readonly url: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    /** From the first packet to the last byte of the answer; 10 s by default. */
    readonly timeout?: Duration.DurationInput
    /** What becomes of an answer over 64 KiB: `cut` (the default) keeps the start, `fail` is `too-large`. */
    readonly oversize?: "cut" | "fail"
  }
  type Answer = {
    /** Any status, 3xx included: redirects are never followed. */
    readonly status: number
    /** Lower-case names; several values are joined with a comma. */
    readonly headers: Readonly<Record<string, string>>
    /** At most 64 KiB, decoded as UTF-8. */
    readonly body: string
    readonly latencyMillis: number
  }
  type Shape = {
    /** One attempt, no breaker. */
    readonly request: (request: Request) => Effect.Effect<Answer, Failure>
    /**
     * For providers: through the breaker of the URL's origin; 429 and 5xx are failures (`unavailable`), and
     * what may pass is tried again up to `retries` times (2 by default). Only for calls that are safe to
     * repeat.
     */
    readonly call: (
      request: Request,
      options?: { readonly retries?: number }
    ) => Effect.Effect<Answer, Failure>
    /** The breaker of an origin: opens after 5 failures in a row, lets one call try after 5 s. */
    readonly breaker: CircuitBreakers.Shape
    /** Why a user may not register this URL; empty for what may be tried. */
    readonly screen: (url: string) => Option.Option<AddressGuard.Reason>
  }
}

const _timeout = Duration.seconds(10)
const _maxBytes = 64 * 1024
const _Coded = Schema.Struct({ code: Schema.String, message: Schema.String })
const _timeoutCodes = [
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT"
]
const _passing: ReadonlyArray<Outbound.Failure["reason"]> = ["connection", "timeout", "unavailable"]
const _backoff = Schedule.exponential("100 millis").pipe(Schedule.jittered)

/**
 * The HTTP client for calls that leave the system. It dials public addresses only (see `AddressGuard`),
 * whatever a URL, a name or a redirect says; other targets need their exact origin on the allow list.
 */
class Outbound extends Context.Tag("infra/outbound/Outbound")<Outbound, Outbound.Shape>() {
  static readonly Failure = OutboundFailure
  static readonly layer = (options: Outbound.Options): Layer.Layer<Outbound> =>
    Layer.scoped(
      Outbound,
      Effect.gen(function* () {
        const allow = new Set(options.allow.map((origin) => new URL(origin).origin))
        const breaker = yield* CircuitBreakers.make({ failures: 5, halfOpenAfter: Duration.seconds(5) })
        const agent = yield* Effect.acquireRelease(
          Effect.sync(() => new Agent({ connect: AddressGuard.connector({ allow }) })),
          (open) => Effect.promise(() => open.destroy())
        )

        const request = Effect.fn("Outbound.request")(function* (outgoing: Outbound.Request) {
          const url = yield* _parse(outgoing.url)
          yield* Effect.annotateCurrentSpan({ origin: url.origin, method: outgoing.method })
          const startedAt = yield* Clock.currentTimeMillis
          const answer = yield* _exchange(agent, url, outgoing).pipe(
            Effect.timeoutFail({
              duration: outgoing.timeout ?? _timeout,
              onTimeout: () => new OutboundFailure({ reason: "timeout", message: "No answer in time" })
            })
          )
          return { ...answer, latencyMillis: (yield* Clock.currentTimeMillis) - startedAt }
        })

        const call: Outbound.Shape["call"] = Effect.fn("Outbound.call")(function* (
          outgoing,
          { retries = 2 } = {}
        ) {
          const { origin } = yield* _parse(outgoing.url)
          return yield* request(outgoing).pipe(
            Effect.filterOrFail(({ status }) => status < 500 && status !== 429, _unavailable),
            breaker(origin),
            Effect.retry({
              schedule: _backoff,
              times: retries,
              while: ({ reason }) => _passing.includes(reason)
            })
          )
        })

        return Outbound.of({ request, call, breaker, screen: (url) => AddressGuard.screen(url, allow) })
      })
    )
}

const _parse = (text: string) =>
  Effect.try({
    try: () => new URL(text),
    catch: () => new OutboundFailure({ reason: "invalid-url", message: "Not a URL" })
  }).pipe(
    Effect.filterOrFail(
      ({ protocol }) => ["http:", "https:"].includes(protocol),
      ({ protocol }) => new OutboundFailure({ reason: "invalid-url", message: `${protocol} is not HTTP` })
    )
  )

/**
 * The signal outlives the head of the answer: when the scope closes, whatever is still arriving is cut off.
 */
const _traced = Effect.map(
  Effect.option(Effect.currentSpan),
  Option.match({
    onNone: () => ({}),
    // Of what the platform would write only the standard's header: the other side need not know our format.
    onSome: (span) => Struct.pick(HttpTraceContext.toHeaders(span), "traceparent")
  })
)

const _exchange = (dispatcher: Dispatcher, url: URL, outgoing: Outbound.Request) =>
  Effect.gen(function* () {
    const trace = yield* _traced
    const { signal } = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort())
    )
    const { statusCode, headers, body } = yield* Effect.tryPromise({
      try: () =>
        send(url, {
          dispatcher,
          signal,
          method: outgoing.method,
          headers: { ...trace, ...outgoing.headers },
          body: outgoing.body ?? null
        }).then((answer) => {
          // A body that is cut off complains; without a listener that would end the process.
          answer.body.on("error", () => undefined)
          return answer
        }),
      catch: _failure
    })
    const text = yield* _read(body, outgoing.oversize ?? "cut")
    return { status: statusCode, headers: _flat(headers), body: text }
  }).pipe(Effect.scoped)

const _read = (body: Dispatcher.ResponseData["body"], oversize: "cut" | "fail") =>
  NodeStream.fromReadable<OutboundFailure, Uint8Array>(() => body, _failure).pipe(
    Stream.mapAccum(0, (before, bytes) => [before + bytes.length, { bytes, total: before + bytes.length }]),
    Stream.takeUntil(({ total }) => total > _maxBytes),
    Stream.runCollect,
    Effect.map((parts) => Buffer.concat(Chunk.toReadonlyArray(parts).map(({ bytes }) => bytes))),
    Effect.filterOrFail(
      (bytes) => oversize === "cut" || bytes.length <= _maxBytes,
      () => new OutboundFailure({ reason: "too-large", message: `The answer exceeds ${_maxBytes} bytes` })
    ),
    Effect.map((bytes) => bytes.subarray(0, _maxBytes).toString("utf8"))
  )

const _flat = (headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value === undefined ? "" : [value].flat().join(", ")
    ])
  )

const _unavailable = ({ status }: Outbound.Answer) =>
  new OutboundFailure({ reason: "unavailable", message: `Answered ${status}` })

const _failure = (cause: unknown): OutboundFailure =>
  Schema.is(OutboundFailure)(cause)
    ? cause
    : Option.match(Schema.decodeUnknownOption(_Coded)(cause), {
        onNone: () => new OutboundFailure({ reason: "connection", message: "The connection failed" }),
        onSome: ({ code, message }) =>
          new OutboundFailure({
            reason: _timeoutCodes.includes(code) ? "timeout" : "connection",
            message: `${code}: ${message}`
          })
      })

export { Outbound }
