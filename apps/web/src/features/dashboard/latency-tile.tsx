import { Option } from "effect"
import { useSyncExternalStore } from "react"
import { Format } from "../../lib/format.ts"
import { LiveLatency } from "../../lib/live-latency.ts"
import { StatTile } from "../../ui/stat-tile.tsx"

/** How long an event takes from its row in the database to this screen, measured here. */
const LatencyTile = () => {
  const { samples } = useSyncExternalStore(LiveLatency.subscribe, LiveLatency.get)
  return Option.match(LiveLatency.summary(samples), {
    onNone: () => (
      <StatTile label="Live latency" value="–" hint="waits for the next event" testId="dashboard-latency" />
    ),
    onSome: ({ count, p50, p99 }) => (
      <StatTile
        label="Live latency"
        value={Format.duration(p50)}
        hint={`median of ${Format.count(count)}; p99 ${Format.duration(p99)}`}
        testId="dashboard-latency"
      />
    )
  })
}

export { LatencyTile }
