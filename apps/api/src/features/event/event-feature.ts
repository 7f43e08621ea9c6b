import { Layer } from "effect"
import { EventDeadLetterHttpLive } from "./event-dead-letter-http-live.ts"
import { EventHttpLive } from "./event-http-live.ts"
import { EventRpcLive } from "./event-rpc-live.ts"
import { EventSubscriberHttpLive } from "./event-subscriber-http-live.ts"
import { Events } from "./events.ts"

/** The log over HTTP and SSE and, as handlers of `Live`, over the socket. */
const EventFeature = Layer.mergeAll(EventHttpLive, EventRpcLive, EventSubscriberHttpLive, EventDeadLetterHttpLive).pipe(Layer.provide(Events.layer))

export { EventFeature }
