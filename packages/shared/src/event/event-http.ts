import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Event } from "./event.ts"

const _after = Schema.NumberFromString.pipe(Schema.int(), Schema.nonNegative())

/**
 * `/v1/event-log` reads the log after a sequence number; `/v1/events` is the same as Server-Sent Events,
 * live, with `Last-Event-ID` resume and a heartbeat comment every 30 s.
 */
class EventHttp extends HttpApiGroup.make("event")
  .add(
    HttpApiEndpoint.get("log", "/event-log")
      .setUrlParams(
        Schema.Struct({
          after: Schema.optional(_after),
          /** 1 to 1,000, 100 when absent. */
          limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 1000)))
        })
      )
      .addSuccess(Schema.Struct({ items: Schema.Array(Event.Model), head: Schema.Int }))
  )
  .add(
    HttpApiEndpoint.get("stream", "/events")
      .setHeaders(Schema.Struct({ "last-event-id": Schema.optional(_after) }))
      .setUrlParams(Schema.Struct({ after: Schema.optional(_after) }))
      .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
  )
  .middleware(Access.Http)
  .prefix("/v1") {}

export { EventHttp }
