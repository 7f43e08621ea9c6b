import { Clock, Duration, Effect, Option, Random, Schema } from "effect"

const _retryAfterLimit = Duration.hours(1)
/** Added, never taken away: a receiver may count on the gap that is documented. */
const _jitter = 0.1
const _decodeDate = Schema.decodeOption(Schema.Date)

declare namespace WebhookSchedule {
  /** The pause before each retry; there are as many retries as entries. */
  type Shape = ReadonlyArray<Duration.Duration>
}

/** When a delivery that failed is tried again. */
const WebhookSchedule = {
  /** Three retries within half a minute. */
  demo: [Duration.seconds(1), Duration.seconds(4), Duration.seconds(16)],
  /** Eight attempts over about 28 hours, as the Standard Webhooks guidance asks. */
  production: [
    Duration.seconds(5),
    Duration.minutes(5),
    Duration.minutes(30),
    Duration.hours(2),
    Duration.hours(5),
    Duration.hours(10),
    Duration.hours(10)
  ],
  /**
   * Milliseconds to wait after so many attempts, with up to 10 % jitter; none when that was the last. A
   * `Retry-After` (seconds or HTTP date, 1 h at most) can lengthen the wait, never shorten it.
   */
  delayMillis: (
    schedule: WebhookSchedule.Shape,
    attempts: number,
    retryAfter: Option.Option<string>
  ): Effect.Effect<Option.Option<number>> =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const asked = Option.getOrElse(Option.flatMap(retryAfter, _askedMillis(now)), () => 0)
      const factor = 1 + _jitter * (yield* Random.next)
      return Option.map(Option.fromNullable(schedule[attempts - 1]), (pause) =>
        Math.ceil(Math.max(Duration.toMillis(pause) * factor, asked))
      )
    })
} as const

const _askedMillis = (now: number) => (header: string) =>
  Option.map(
    /^\d+$/.test(header)
      ? Option.some(Number(header) * 1_000)
      : Option.map(_decodeDate(header), (at) => at.getTime() - now),
    (millis) => Math.min(millis, Duration.toMillis(_retryAfterLimit))
  )

export { WebhookSchedule }
