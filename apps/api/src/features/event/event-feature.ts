import { Layer } from "effect"
import { EventEntryHttpLive } from "./event-entry-http-live.ts"
import { EventHttpLive } from "./event-http-live.ts"
import { EventRpcLive } from "./event-rpc-live.ts"
import { Events } from "./events.ts"

/** The log over HTTP and SSE and, as handlers of `Live`, over the socket. */
const EventFeature = Layer.mergeAll(EventHttpLive, EventEntryHttpLive, EventRpcLive).pipe(
  Layer.provide(Events.layer)
)

export { EventFeature }
