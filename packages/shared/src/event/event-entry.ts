import { Schema } from "effect"
import { Event } from "./event.ts"

/** An event with what the log knows beside it: who caused it, by which request, in which trace. */
class _Model extends Schema.Class<_Model>("EventEntry")({
  event: Event.Model,
  requestId: Schema.String,
  /** A user, an API key, or `system`; null for an event of an older version. */
  actorId: Schema.NullOr(Schema.String),
  /** The role that the actor had then. */
  role: Schema.NullOr(Schema.String),
  /** Null where it was emitted outside a trace. */
  traceId: Schema.NullOr(Schema.String)
}) {}

const EventEntry = { Model: _Model } as const

declare namespace EventEntry {
  type Model = _Model
}

export { EventEntry }
