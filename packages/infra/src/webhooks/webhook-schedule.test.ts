import { expect, it } from "@effect/vitest"
import { Array as Arr, Duration, Effect, Option, TestClock } from "effect"
import { WebhookSchedule } from "./webhook-schedule.ts"

const { demo, production } = WebhookSchedule

it.effect("waits at least what is documented and at most 10 % more", () =>
  Effect.gen(function* () {
    const delays = yield* Effect.forEach([1, 2, 3], (attempts) =>
      WebhookSchedule.delayMillis(demo, attempts, Option.none())
    )

    const millis = Arr.getSomes(delays)
    expect(millis).toHaveLength(3)
    expect(millis.map((delay, index) => delay / Duration.toMillis(demo[index] ?? 0))).toSatisfy(
      (factors: ReadonlyArray<number>) => factors.every((factor) => factor >= 1 && factor <= 1.1)
    )
  })
)

it.effect("gives up after the fourth attempt in the demo and after the eighth in production", () =>
  Effect.gen(function* () {
    const after = (schedule: WebhookSchedule.Shape, attempts: number) =>
      Effect.map(WebhookSchedule.delayMillis(schedule, attempts, Option.some("60")), Option.isSome)

    expect([yield* after(demo, 3), yield* after(demo, 4)]).toEqual([true, false])
    expect([yield* after(production, 7), yield* after(production, 8)]).toEqual([true, false])
    expect(Duration.toHours(production.reduce(Duration.sum, Duration.zero))).toBeCloseTo(27.6, 1)
  })
)

it.effect("lets Retry-After lengthen the wait, up to an hour, but not shorten it", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
    const asked = (header: string) =>
      Effect.map(WebhookSchedule.delayMillis(demo, 1, Option.some(header)), Option.getOrThrow)

    expect(yield* asked("120")).toBe(120_000)
    expect(yield* asked("Thu, 01 Jan 2026 00:00:30 GMT")).toBe(30_000)
    expect(yield* asked("86400")).toBe(3_600_000)
    expect(yield* asked("0")).toBeGreaterThanOrEqual(1_000)
    expect(yield* asked("soon")).toBeLessThanOrEqual(1_100)
  })
)
