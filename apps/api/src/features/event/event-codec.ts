import { type EventRecord } from "@tessera/infra/events/event-record"
import { Event } from "@tessera/shared/event/event"
import { Array as Arr, type Option, Schema } from "effect"

const _decode: (record: unknown) => Option.Option<Event.Model> = Schema.decodeUnknownOption(Event.Model)

/** From the log's records to the product's events; what this version does not know is left out, not fatal. */
const EventCodec = {
  decode: (records: ReadonlyArray<EventRecord>): ReadonlyArray<Event.Model> =>
    Arr.filterMap(records, _decode),
  /** The event as it stands in the log, the SSE stream and a webhook. */
  text: Schema.encodeSync(Schema.parseJson(Event.Model))
} as const

export { EventCodec }
