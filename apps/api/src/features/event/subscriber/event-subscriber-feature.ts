import { Layer } from "effect"
import { EventDeadLetterDesk } from "./event-dead-letter-desk.ts"
import { EventDeadLetterHttpLive } from "./event-dead-letter-http-live.ts"
import { EventSubscriberHttpLive } from "./event-subscriber-http-live.ts"
import { EventSubscribers } from "./event-subscribers.ts"

/** Durable subscribers, their replays and their dead letters; it wants `EventOperations`. */
const EventSubscriberFeature = Layer.merge(EventSubscriberHttpLive, EventDeadLetterHttpLive).pipe(
  Layer.provide(Layer.merge(EventSubscribers.layer, EventDeadLetterDesk.layer))
)

export { EventSubscriberFeature }
