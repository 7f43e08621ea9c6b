import { OpenStreams } from "@tessera/infra/realtime/open-streams"
import { Layer } from "effect"
import { EventCatalogues } from "./event-catalogues.ts"
import { EventEntryHttpLive } from "./event-entry-http-live.ts"
import { EventHttpLive } from "./event-http-live.ts"
import { EventRpcLive } from "./event-rpc-live.ts"
import { Events } from "./events.ts"
import { EventSubscriberFeature } from "./subscriber/event-subscriber-feature.ts"

/** The log over HTTP and SSE and, as handlers of `Live`, over the socket; and who reads it durably. */
const EventFeature = Layer.mergeAll(EventHttpLive, EventEntryHttpLive, EventRpcLive).pipe(
  Layer.provide(EventCatalogues.layer),
  Layer.provide(Events.layer),
  Layer.provide(OpenStreams.layer),
  Layer.merge(EventSubscriberFeature)
)

export { EventFeature }
