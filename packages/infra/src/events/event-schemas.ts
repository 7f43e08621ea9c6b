import { Context } from "effect"
import { EventRegistry } from "./event-registry.ts"

/**
 * The product's definitions, for the mechanisms that hand stored events on. Without one nothing is known, and
 * every event is handed on as it is stored.
 */
class EventSchemas extends Context.Reference<EventSchemas>()("infra/events/EventSchemas", {
  defaultValue: (): EventRegistry.Shape => EventRegistry.of([])
}) {}

export { EventSchemas }
