import { Schema } from "effect"
import { Actor } from "../context/actor.ts"

/** One committed event as the log stores it; `seq` is gapless per tenant. */
class EventRecord extends Schema.Class<EventRecord>("EventRecord")({
  seq: Schema.Number,
  id: Schema.String,
  type: Schema.String,
  aggregateId: Schema.String,
  version: Schema.Number,
  /** Of the payload's schema; the first for an event of an older version of the program. */
  schemaVersion: Schema.optionalWith(Schema.Number, { default: () => 1 }),
  /** ISO 8601. */
  occurredAt: Schema.String,
  /** The encoded form of the event's schema; a reader decodes it with the version that it knows. */
  payload: Schema.Unknown,
  requestId: Schema.String,
  /** Who emitted it; null for an event of an older version. */
  actor: Schema.optionalWith(Schema.NullOr(Actor.Value), { default: () => null }),
  /** The trace in which it was emitted; null for an event of an older version or one outside a trace. */
  traceparent: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })
}) {
  /** Of `events`, for a SELECT. */
  static readonly columns = `seq, id, type, aggregate_id, version, schema_version, occurred_at, payload,
    request_id, actor, traceparent`
}

export { EventRecord }
