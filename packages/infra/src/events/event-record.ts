import { Schema } from "effect"

/** One committed event as the log stores it; `seq` is gapless per tenant. */
class EventRecord extends Schema.Class<EventRecord>("EventRecord")({
  seq: Schema.Number,
  id: Schema.String,
  type: Schema.String,
  aggregateId: Schema.String,
  version: Schema.Number,
  /** ISO 8601. */
  occurredAt: Schema.String,
  /** The encoded form of the event's schema; a reader decodes it with the version that it knows. */
  payload: Schema.Unknown,
  requestId: Schema.String
}) {}

export { EventRecord }
