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

type _Read = Either.Either<Event.Model, EventRegistry.Unreadable>

/** What many readers of a replica get is the same thing: it is decoded and written out once for all. */
const _reads = new WeakMap<EventRecord, _Read>()
const _texts = new WeakMap<Event.Model, string>()

const _once = <Key extends object, Value>(
  known: WeakMap<Key, Value>,
  key: Key,
  make: (key: Key) => Value
): Value => {
  const value = known.get(key) ?? make(key)
  known.set(key, value)
  return value
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
  text: (event: Event.Model): string => _once(_texts, event, _text)
} as const

const _text = Schema.encodeSync(Schema.parseJson(Event.Model))

const _readOne = (record: EventRecord): _Read =>
  Either.flatMap(Event.registry.current(record), (current) =>
    Either.mapLeft(_decode(current), () => "undecodable" as const)
  )

const _read = (record: EventRecord): _Read => _once(_reads, record, _readOne)

export { EventCodec }
