import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { LiveLatency } from "./live-latency.ts"

/** A question that takes `there` and `back`, to a server whose clock is `ahead` of ours. */
const exchange = (ahead: number, there: number, back: number, sentMillis = 1000) => ({
  sentMillis,
  serverMillis: sentMillis + there + ahead,
  receivedMillis: sentMillis + there + back
})

describe("LiveLatency.offset", () => {
  it.each([5000, 0, -5000])(
    "finds a clock that is %s ms ahead when both ways take the same time",
    (ahead) => {
      expect(LiveLatency.offset([exchange(ahead, 20, 20)])).toBe(ahead)
    }
  )

  it("believes the exchange with the shortest way, wherever it stands", () => {
    const slow = exchange(300, 5, 900)
    const quick = exchange(300, 4, 4, 9000)

    expect(LiveLatency.offset([slow, quick, exchange(300, 700, 1)])).toBe(300)
    expect(LiveLatency.offset([quick, slow])).toBe(300)
  })

  it("is wrong by half of the way at most, however lopsided that is", () => {
    expect(Math.abs((LiveLatency.offset([exchange(300, 0, 10)]) ?? 0) - 300)).toBeLessThanOrEqual(5)
    expect(Math.abs((LiveLatency.offset([exchange(300, 10, 0)]) ?? 0) - 300)).toBeLessThanOrEqual(5)
  })

  it("knows nothing without an exchange", () => {
    expect(LiveLatency.offset([])).toBe(undefined)
  })
})

describe("LiveLatency.take", () => {
  const none = { offsetMillis: 0, samples: [] }

  it("keeps the newest three hundred", () => {
    const full = LiveLatency.take(
      none,
      Array.from({ length: 300 }, (_, index) => index)
    )

    expect(LiveLatency.take(full, [1000, 1001]).samples).toEqual([...full.samples.slice(2), 1000, 1001])
  })

  it("takes what lies before the event for nothing, because only the estimate can be wrong", () => {
    expect(LiveLatency.take(none, [-3, 4]).samples).toEqual([0, 4])
  })
})

describe("LiveLatency.summary", () => {
  it("has ranks of times that were measured", () => {
    const samples = Array.from({ length: 200 }, (_, index) => 200 - index)

    expect(LiveLatency.summary(samples)).toEqual(Option.some({ count: 200, p50: 100, p99: 198 }))
    expect(LiveLatency.summary([7])).toEqual(Option.some({ count: 1, p50: 7, p99: 7 }))
  })

  it("says nothing before the first event", () => {
    expect(LiveLatency.summary([])).toEqual(Option.none())
  })
})
