import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Page } from "../page.ts"
import { EventDeadLetter } from "./event-dead-letter.ts"
import { EventSubscriber } from "./event-subscriber.ts"

const _path = Schema.Struct({ id: EventDeadLetter.Id })

/** `/v1/event-dead-letters`: events that a subscriber gave up, to be sent round again or dropped. */
class EventDeadLetterHttp extends HttpApiGroup.make("eventDeadLetter")
  .add(
    HttpApiEndpoint.get("list", "/")
      .setUrlParams(Schema.Struct({ ...Page.params, subscriber: Schema.optional(Schema.String) }))
      .addSuccess(EventDeadLetter.Page)
  )
  .add(
    HttpApiEndpoint.post("replay", "/:id/replay")
      .setPath(_path)
      .addSuccess(EventDeadLetter.Model, { status: 202 })
      .addError(EventDeadLetter.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("drop", "/:id/drop")
      .setPath(_path)
      .addSuccess(Schema.Void, { status: 204 })
      .addError(EventDeadLetter.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("replayAll", "/replay")
      .setPayload(EventDeadLetter.ReplayRequest)
      .addSuccess(EventDeadLetter.Replayed, { status: 202 })
      .addError(EventSubscriber.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/event-dead-letters") {}

export { EventDeadLetterHttp }
