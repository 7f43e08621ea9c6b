import { ParseResult, Schema } from "effect"
import { Event } from "./event.ts"

const _encoded = new WeakMap<Event.Model, unknown>()

const _decode = ParseResult.decodeUnknown(Event.Model)
const _encode = ParseResult.encode(Event.Model)

/**
 * An event that goes to many readers: it is encoded once, however many sockets it is written to. On the wire
 * it is `Event.Model`.
 */
const EventShared = Schema.transformOrFail(Schema.Unknown, Schema.typeSchema(Event.Model), {
  strict: true,
  decode: (wire) => _decode(wire),
  encode: (event) =>
    _encoded.has(event)
      ? ParseResult.succeed(_encoded.get(event))
      : ParseResult.map(_encode(event), (wire) => {
          _encoded.set(event, wire)
          return wire
        })
})

export { EventShared }
