import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Event } from "./event.ts"
import { EventCatalogue } from "./event-catalogue.ts"

const _after = Schema.NumberFromString.pipe(Schema.int(), Schema.nonNegative())
/** `order.placed,order.cancelled`; all types when absent. */
const _types = Schema.optional(Schema.split(","))

/**
 * `/v1/event-log` reads the log after a sequence number; `/v1/events` is the same as Server-Sent Events,
 * live, with `Last-Event-ID` resume and a heartbeat comment every 30 s. Where `types` leaves out what comes
 * last, a frame `position` (`{"seq"}`) moves the resume number on; `/v1/event-log` says it as `last`. A user
 * may have 20 streams on each replica.
 */
class EventHttp extends HttpApiGroup.make("event")
  .add(
    HttpApiEndpoint.get("log", "/event-log")
      .setUrlParams(
        Schema.Struct({
          after: Schema.optional(_after),
          /** 1 to 1,000, 100 when absent. */
          limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 1000))),
          types: _types
        })
      )
      .addSuccess(
        Schema.Struct({
          items: Schema.Array(Event.Model),
          head: Schema.Int,
          /** Up to here the page has looked: the next one begins after it. */
          last: Schema.Int
        })
      )
      .addError(Event.UnknownType)
  )
  .add(
    HttpApiEndpoint.get("stream", "/events")
      .setHeaders(Schema.Struct({ "last-event-id": Schema.optional(_after) }))
      .setUrlParams(Schema.Struct({ after: Schema.optional(_after), types: _types }))
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
      .addError(Event.UnknownType)
      .addError(Event.TooManyStreams)
  )
  .add(HttpApiEndpoint.get("catalogue", "/event-catalogue").addSuccess(Schema.Array(EventCatalogue.Entry)))
  .middleware(Access.Http)
  .prefix("/v1") {}

export { EventHttp }
