import { Metric, MetricBoundaries } from "effect"

const _depth = Metric.gauge("lane_depth", {
  description: "Due rows in the partitions of this replica, by kind; counted up to 100,000 at each sweep."
})
const _oldest = Metric.gauge("lane_oldest_due_seconds", {
  description: "How long the oldest due row of this replica's partitions has waited, by kind."
})
const _active = Metric.gauge("lane_active", { description: "Lanes that this replica works on right now." })
const _rows = Metric.histogram(
  "lane_batch_rows",
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500]),
  "Rows that one turn on a lane claimed, by kind."
)
const _stale = Metric.counter("lane_stale_writes_total", {
  description: "Results that were not written because the row had changed hands, by kind.",
  incremental: true
})
const _lost = Metric.counter("lane_wakes_lost_total", {
  description: "Wakes that did not reach the owner of their lane, by reason; the sweep makes up for them.",
  incremental: true
})
const _swept = Metric.counter("lane_sweep_wakes_total", { incremental: true })

/** What lanes tell about themselves; every kind of work counts its own claims and stale results. */
const LaneMetrics = {
  active: _active,
  swept: _swept,
  depth: (kind: string) => Metric.tagged(_depth, "kind", kind),
  oldest: (kind: string) => Metric.tagged(_oldest, "kind", kind),
  rows: (kind: string) => Metric.tagged(_rows, "kind", kind),
  stale: (kind: string) => Metric.tagged(_stale, "kind", kind),
  lost: (reason: string) => Metric.tagged(_lost, "reason", reason)
} as const

export { LaneMetrics }
