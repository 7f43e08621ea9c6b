import { Event } from "@tessera/shared/event/event"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Number = Schema.NumberFromString.pipe(Schema.int(), Schema.positive())

const _Search = Schema.Struct({
  type: Schema.optional(Schema.Literal(...Event.types)),
  /** The newest number to show; without it the log is shown as it grows. */
  upTo: Schema.optional(_Number),
  /** The event whose record is open. */
  event: Schema.optional(_Number)
})

/** Which part of the log is shown and which record is open, as it stands in the URL. */
const EventSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace EventSearch {
  type Value = typeof _Search.Type
}

export { EventSearch }
