import { Metric, MetricBoundaries } from "effect"

const _outboxDepth = Metric.gauge("event_outbox_depth", {
  description: "Events without a number in this replica's partitions, counted up to 100,000."
})
const _outboxOldest = Metric.gauge("event_outbox_oldest_seconds", {
  description: "Age of the oldest event without a number in this replica's partitions."
})
const _lagEvents = Metric.gauge("event_subscriber_lag_events", {
  description: "Events of this replica's partitions that a subscriber has not handled, by subscriber."
})
const _lagSeconds = Metric.gauge("event_subscriber_lag_seconds", {
  description: "How long the oldest of them has waited, by subscriber."
})
const _letters = Metric.gauge("event_dead_letters", {
  description: "Dead letters of this replica's partitions, by subscriber."
})
const _failures = Metric.counter("event_subscriber_failures_total", {
  description: "Attempts of a subscriber that failed, by subscriber.",
  incremental: true
})
const _given = Metric.counter("event_subscriber_given_up_total", {
  description: "Events that became dead letters, by subscriber.",
  incremental: true
})
const _fanOut = Metric.histogram(
  "event_fan_out_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10]),
  "From the emission of an event to the readers of this replica; the oldest event of each batch."
)
const _leftOut = Metric.counter("events_left_out_total", {
  description: "Readings of an event that this release does not understand, by reason.",
  incremental: true
})

/** What the event bus tells about itself; `event-gauges.ts` sets the gauges. */
const EventMetrics = {
  outboxDepth: _outboxDepth,
  outboxOldest: _outboxOldest,
  fanOut: _fanOut,
  lagEvents: (subscriber: string) => Metric.tagged(_lagEvents, "subscriber", subscriber),
  lagSeconds: (subscriber: string) => Metric.tagged(_lagSeconds, "subscriber", subscriber),
  letters: (subscriber: string) => Metric.tagged(_letters, "subscriber", subscriber),
  failures: (subscriber: string) => Metric.tagged(_failures, "subscriber", subscriber),
  given: (subscriber: string) => Metric.tagged(_given, "subscriber", subscriber),
  leftOut: (reason: string) => Metric.tagged(_leftOut, "reason", reason)
} as const

export { EventMetrics }
