import { Schema } from "effect"
import { Event } from "./event.ts"

/** One type of event: what it says, in which form, and the newest one of the tenant. */
class _Entry extends Schema.Class<_Entry>("EventCatalogue.Entry")({
  type: Schema.String,
  /** Of the payload's schema, from 1. Older stored payloads are read as this version. */
  schemaVersion: Schema.Int,
  description: Schema.String,
  /** JSON Schema (draft 7) of the payload. */
  schema: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  /** Null where the tenant has had none yet. */
  newest: Schema.NullOr(Event.Model)
}) {}

/** Every type of event that the product publishes. */
const EventCatalogue = { Entry: _Entry } as const

declare namespace EventCatalogue {
  type Entry = _Entry
}

export { EventCatalogue }
