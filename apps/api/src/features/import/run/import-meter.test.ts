import { expect, it } from "@effect/vitest"
import { Effect, Option, TestClock } from "effect"
import { ImportMeter } from "./import-meter.ts"

it.effect("gives at most three readings a second, with percent, speed and time left", () =>
  Effect.gen(function* () {
    const meter = yield* ImportMeter.make({ done: 0 })
    const at = (done: number, total: number | null) => meter.read({ done, total, rows: done / 10 })

    const early = yield* at(10, 10_000)
    yield* TestClock.adjust("1 second")
    const first = yield* at(1_000, 10_000)
    const soon = yield* at(1_100, 10_000)
    yield* TestClock.adjust("1 second")
    const blind = yield* at(2_000, null)

    expect(early).toEqual(Option.none())
    expect(first).toEqual(Option.some({ percent: 10, rowsPerSecond: 100, etaSeconds: 9 }))
    expect(soon).toEqual(Option.none())
    expect(blind).toEqual(Option.some({ percent: 0, rowsPerSecond: 100, etaSeconds: null }))
  })
)
