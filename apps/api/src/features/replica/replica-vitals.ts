import { monitorEventLoopDelay } from "node:perf_hooks"
import { Context, Effect, Layer, Metric } from "effect"

declare namespace ReplicaVitals {
  type Sample = {
    readonly rssBytes: number
    readonly heapBytes: number
    readonly lagP50Millis: number
    readonly lagP99Millis: number
    readonly jobsRunning: number
  }
  type Shape = {
    /** Memory and jobs now, delay of the event loop since the call before: one caller only. */
    readonly sample: Effect.Effect<ReplicaVitals.Sample>
  }
}

/** The loop is looked at this often; what is measured contains the interval itself. */
const _resolutionMillis = 10
const _nanosPerMilli = 1_000_000
/** The gauge that the job runner keeps: the same name is the same metric. */
const _jobs = Metric.gauge("jobs_running")

/** How this process feels. The window of lag is its own, so a scrape of `/metrics` does not shorten it. */
class ReplicaVitals extends Context.Tag("api/replica/ReplicaVitals")<ReplicaVitals, ReplicaVitals.Shape>() {
  static readonly layer = Layer.scoped(
    ReplicaVitals,
    Effect.gen(function* () {
      const delay = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const histogram = monitorEventLoopDelay({ resolution: _resolutionMillis })
          histogram.enable()
          return histogram
        }),
        (histogram) => Effect.sync(() => histogram.disable())
      )

      const sample = Effect.gen(function* () {
        const jobs = yield* Metric.value(_jobs)
        const { heapUsed, rss } = process.memoryUsage()
        const lagP50Millis = _lag(delay.percentile(50))
        const lagP99Millis = _lag(delay.percentile(99))
        delay.reset()
        return { rssBytes: rss, heapBytes: heapUsed, lagP50Millis, lagP99Millis, jobsRunning: jobs.value }
      })

      return ReplicaVitals.of({ sample })
    })
  )
}

/** In steps of 0.1 ms: finer would be noise. */
const _lag = (nanos: number): number =>
  Math.round(Math.max(0, nanos / _nanosPerMilli - _resolutionMillis) * 10) / 10

export { ReplicaVitals }
