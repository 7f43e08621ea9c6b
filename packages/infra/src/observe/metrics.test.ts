import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { Metrics } from "./metrics.ts"

describe("Metrics", () => {
  it.scoped("shows memory and the event loop of this process", () =>
    Effect.gen(function* () {
      const { text } = yield* Metrics

      const printed = yield* text

      const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(printed)?.[1])
      expect(value("process_resident_memory_bytes")).toBeGreaterThan(10_000_000)
      expect(value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0)
      expect(value("nodejs_eventloop_utilization_ratio")).toBeLessThanOrEqual(1)
    }).pipe(Effect.provide(Metrics.layer))
  )
})
