import { describe, expect, it } from "@effect/vitest"
import { Effect, Metric, MetricBoundaries } from "effect"
import { PrometheusText } from "./prometheus-text.ts"

const linesOf = (prefix: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    PrometheusText.of(pairs)
      .split("\n")
      .filter((line) => line.replace(/^# (HELP|TYPE) /, "").startsWith(prefix))
  )

describe("PrometheusText", () => {
  it.effect("prints a counter once per set of labels, under one type", () =>
    Effect.gen(function* () {
      const sent = Metric.counter("t1.sent", { description: "Sent,\nso far" })
      yield* Metric.update(sent.pipe(Metric.tagged("to", 'a"b\\c\nd')), 2)
      yield* Metric.update(sent.pipe(Metric.tagged("to", "x")), 1)

      const lines = yield* linesOf("t1_sent")

      expect(lines.slice(0, 2)).toEqual(["# HELP t1_sent Sent,\\nso far", "# TYPE t1_sent counter"])
      expect(lines.slice(2).sort()).toEqual(['t1_sent{to="a\\"b\\\\c\\nd"} 2', 't1_sent{to="x"} 1'])
    })
  )

  it.effect("prints a histogram with cumulative buckets that end in +Inf", () =>
    Effect.gen(function* () {
      const seconds = Metric.histogram("t2_seconds", MetricBoundaries.fromIterable([0.1, 1]))
      yield* Effect.forEach([0.05, 0.5, 0.5, 7], (value) => Metric.update(seconds, value))

      const lines = yield* linesOf("t2_seconds")

      expect(lines).toEqual([
        "# TYPE t2_seconds histogram",
        't2_seconds_bucket{le="0.1"} 1',
        't2_seconds_bucket{le="1"} 3',
        't2_seconds_bucket{le="+Inf"} 4',
        "t2_seconds_sum 8.05",
        "t2_seconds_count 4"
      ])
    })
  )

  it.effect("prints gauges, frequencies and extreme numbers", () =>
    Effect.gen(function* () {
      yield* Metric.set(Metric.gauge("t3_depth"), Number.NEGATIVE_INFINITY)
      yield* Metric.update(Metric.frequency("t3_kind"), "red")

      const lines = yield* linesOf("t3")

      expect(lines).toEqual([
        "# TYPE t3_depth gauge",
        "t3_depth -Inf",
        "# TYPE t3_kind counter",
        't3_kind{value="red"} 1'
      ])
    })
  )
})
