import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { EventEntry } from "./event-entry.ts"

/**
 * `/v1/event-entries`: the log after a number, each event with who caused it; for people who look into a
 * few.
 */
class EventEntryHttp extends HttpApiGroup.make("eventEntry")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(
        Schema.Struct({
          after: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.nonNegative())),
          /** 1 to 100, 20 when absent. */
          limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 100)))
        })
      )
      .addSuccess(Schema.Struct({ items: Schema.Array(EventEntry.Model), head: Schema.Int }))
  )
  .middleware(Access.Http)
  .prefix("/v1/event-entries") {}

export { EventEntryHttp }
