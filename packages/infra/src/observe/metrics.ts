import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import process from "node:process"
import { Context, Effect, Layer, Metric } from "effect"
import { PrometheusText } from "./prometheus-text.ts"

const _nanosPerSecond = 1_000_000_000
/** The loop is sampled this often, in milliseconds; the sampled value contains the interval itself. */
const _resolutionMillis = 10
const _residentBytes = Metric.gauge("process_resident_memory_bytes", {
  description: "Resident memory of the process in bytes."
})
const _heapBytes = Metric.gauge("nodejs_heap_size_used_bytes", {
  description: "Used bytes of the V8 heap."
})
const _uptimeSeconds = Metric.gauge("process_uptime_seconds", {
  description: "Seconds since the process started."
})
const _lagP99Seconds = Metric.gauge("nodejs_eventloop_lag_p99_seconds", {
  description: "99th percentile of the event loop's delay since the scrape before."
})
const _utilization = Metric.gauge("nodejs_eventloop_utilization_ratio", {
  description: "Share of the time since the scrape before in which the event loop was busy, 0 to 1."
})

declare namespace Metrics {
  type Shape = {
    /**
     * All Effect metrics of the process plus memory and event loop. Each call starts a new window of lag.
     */
    readonly text: Effect.Effect<string>
  }
}

/**
 * What `/metrics` answers. Mechanisms define their own `Metric`s; this one only prints what was recorded.
 */
class Metrics extends Context.Tag("infra/observe/Metrics")<Metrics, Metrics.Shape>() {
  static readonly contentType = PrometheusText.contentType

  static readonly layer = Layer.scoped(
    Metrics,
    Effect.gen(function* () {
      const delay = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const histogram = monitorEventLoopDelay({ resolution: _resolutionMillis })
          histogram.enable()
          return { histogram, loop: performance.eventLoopUtilization() }
        }),
        ({ histogram }) => Effect.sync(() => histogram.disable())
      )

      const observe = Effect.gen(function* () {
        const memory = process.memoryUsage()
        yield* Metric.set(_residentBytes, memory.rss)
        yield* Metric.set(_heapBytes, memory.heapUsed)
        yield* Metric.set(_uptimeSeconds, process.uptime())
        yield* Metric.set(_lagP99Seconds, _lag(delay.histogram.percentile(99)))
        const loop = performance.eventLoopUtilization()
        yield* Metric.set(_utilization, performance.eventLoopUtilization(loop, delay.loop).utilization)
        delay.histogram.reset()
        delay.loop = loop
      })

      return Metrics.of({ text: Effect.zipRight(observe, Effect.map(Metric.snapshot, PrometheusText.of)) })
    })
  )
}

const _lag = (nanos: number): number => Math.max(0, nanos / _nanosPerSecond - _resolutionMillis / 1000)

export { Metrics }
