import { Clock, DateTime, Duration, Effect, Metric, MetricBoundaries, Option, Redacted } from "effect"
import { Webhook } from "standardwebhooks"
import { Trace } from "../context/trace.ts"
import { type Outbound } from "../outbound/outbound.ts"
import { type WebhookQueue } from "./webhook-queue.ts"
import { WebhookSchedule } from "./webhook-schedule.ts"

declare namespace WebhookSender {
  type Options = {
    readonly schedule: WebhookSchedule.Shape
    /** Of one attempt, from the first packet to the last byte; 10 s by default. */
    readonly timeout?: Duration.Duration
  }
}

type _Tried = Pick<WebhookQueue.Result, "statusCode" | "error" | "responseBody" | "latencyMillis"> & {
  readonly retryAfter: Option.Option<string>
}
type _Verdict = Pick<WebhookQueue.Result, "status" | "delayMillis">

const _timeout = Duration.seconds(10)
const _shownCharacters = 2_000
const _gone = 410

const _deliveries = Metric.counter("webhook_deliveries_total", {
  description: "Webhook attempts by what became of the delivery: delivered, retry or dead.",
  incremental: true
})
const _latency = Metric.histogram(
  "webhook_latency_seconds",
  MetricBoundaries.fromIterable([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  "Duration of one webhook attempt in seconds."
)
const _outcomes = { delivered: "delivered", pending: "retry", dead: "dead" } as const

/**
 * One attempt at one delivery, signed as Standard Webhooks says. Any outcome is a result, never an error, and
 * the `webhook-id` is the message's, so that a receiver can tell a repetition.
 */
const WebhookSender = {
  attempt:
    (outbound: Outbound.Shape, options: WebhookSender.Options) =>
    (claimed: WebhookQueue.Claimed): Effect.Effect<WebhookQueue.Result> =>
      Effect.gen(function* () {
        const at = yield* DateTime.now
        const tried = yield* _send(outbound, options, claimed, at)
        const attempt = claimed.attempts + 1
        const verdict = yield* _verdict(options.schedule, attempt, tried)
        yield* Metric.increment(Metric.tagged(_deliveries, "outcome", _outcomes[verdict.status]))
        yield* Metric.update(_latency, tried.latencyMillis / 1_000)
        const { retryAfter: _, ...logged } = tried
        const { tenantId, id } = claimed
        const trace = yield* Trace.current
        const traceId = Option.getOrNull(Option.map(trace, (known) => known.traceId))
        return { ...logged, ...verdict, tenantId, id, attempt, traceId, at: DateTime.formatIso(at) }
      }).pipe(
        Effect.annotateLogs({ tenantId: claimed.tenantId, requestId: claimed.requestId }),
        Trace.continued("WebhookSender.attempt", claimed.traceparent, {
          deliveryId: claimed.id,
          type: claimed.type,
          attempt: claimed.attempts + 1
        })
      )
} as const

const _send = (
  outbound: Outbound.Shape,
  options: WebhookSender.Options,
  { url, secret, messageId, body }: WebhookQueue.Claimed,
  at: DateTime.Utc
): Effect.Effect<_Tried> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    return yield* outbound
      .request({
        method: "POST",
        url,
        body,
        timeout: options.timeout ?? _timeout,
        headers: {
          "content-type": "application/json",
          "user-agent": "Tessera-Webhooks/1",
          "webhook-id": messageId,
          "webhook-timestamp": String(Math.floor(DateTime.toEpochMillis(at) / 1_000)),
          "webhook-signature": new Webhook(Redacted.value(secret)).sign(
            messageId,
            DateTime.toDateUtc(at),
            body
          )
        }
      })
      .pipe(
        Effect.map(({ status, headers, body: answer, latencyMillis }) => ({
          statusCode: status,
          error: status >= 300 && status < 400 ? "Redirects are not followed" : null,
          responseBody: _shown(answer),
          latencyMillis,
          retryAfter: Option.fromNullable(headers["retry-after"])
        })),
        Effect.catchTag("Outbound.Failure", ({ reason, message }) =>
          Effect.map(Clock.currentTimeMillis, (now) => ({
            statusCode: null,
            error: _shown(`${reason}: ${message}`),
            responseBody: "",
            latencyMillis: now - startedAt,
            retryAfter: Option.none()
          }))
        )
      )
  })

const _verdict = (
  schedule: WebhookSchedule.Shape,
  attempt: number,
  { statusCode, retryAfter }: _Tried
): Effect.Effect<_Verdict> =>
  Effect.gen(function* () {
    const accepted = statusCode !== null && statusCode >= 200 && statusCode < 300
    const delay = yield* WebhookSchedule.delayMillis(schedule, attempt, retryAfter)
    const failed: _Verdict = Option.match(statusCode === _gone ? Option.none() : delay, {
      onNone: () => ({ status: "dead", delayMillis: null }),
      onSome: (delayMillis) => ({ status: "pending", delayMillis })
    })
    return accepted ? { status: "delivered", delayMillis: null } : failed
  })

/** PostgreSQL keeps neither NUL nor half of a surrogate pair, which the cut can leave. */
const _shown = (text: string) =>
  Buffer.from(text.replaceAll("\0", "").slice(0, _shownCharacters)).toString("utf8")

export { WebhookSender }
