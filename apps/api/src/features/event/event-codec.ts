import { type EventRecord } from "@tessera/infra/events/event-record"
import { type EventRegistry } from "@tessera/infra/events/event-registry"
import { Event } from "@tessera/shared/event/event"
import { Array as Arr, Either, Schema } from "effect"

declare namespace EventCodec {
  type Reading = {
    readonly events: ReadonlyArray<Event.Model>
    /** Why each of the others was left out. */
    readonly leftOut: ReadonlyArray<EventRegistry.Unreadable>
  }
}

const _decode = Schema.decodeUnknownEither(Event.Model)

/**
 * From the log's records to the product's events, payloads of older versions as the present one. What this
 * release does not know is left out, not fatal: a release that was rolled back meets newer events.
 */
const EventCodec = {
  decode: (records: ReadonlyArray<EventRecord>): EventCodec.Reading => {
    const [leftOut, events] = Arr.partitionMap(records, _read)
    return { events, leftOut }
  },
  /** The event as it stands in the log, the SSE stream and a webhook. */
  text: Schema.encodeSync(Schema.parseJson(Event.Model))
} as const

const _read = (record: EventRecord): Either.Either<Event.Model, EventRegistry.Unreadable> =>
  Either.flatMap(Event.registry.current(record), (current) =>
    Either.mapLeft(_decode(current), () => "undecodable" as const)
  )

export { EventCodec }
