import { Context, Layer, Metric } from "effect"
import { VisitorCounts } from "./visitor-counts.ts"

const _open = Metric.gauge("event_streams_open", {
  description: "Streams of Server-Sent Events that are open now."
})

/** How many streams of Server-Sent Events each visitor has on this replica. */
class OpenStreams extends Context.Tag("infra/realtime/OpenStreams")<OpenStreams, VisitorCounts.Shape>() {
  static readonly layer = Layer.sync(OpenStreams, () => VisitorCounts.make(_open))
}

export { OpenStreams }
