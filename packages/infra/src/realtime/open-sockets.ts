import { Context, Layer, Metric } from "effect"
import { VisitorCounts } from "./visitor-counts.ts"

const _open = Metric.gauge("live_sockets_open", { description: "WebSockets that are open now." })

/** How many sockets each visitor has on this replica, whatever their paths. */
class OpenSockets extends Context.Tag("infra/realtime/OpenSockets")<OpenSockets, VisitorCounts.Shape>() {
  static readonly layer = Layer.sync(OpenSockets, () => VisitorCounts.make(_open))
}

export { OpenSockets }
