import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Event } from "./event.ts"
import { EventSubscriber } from "./event-subscriber.ts"

/** `/v1/event-subscribers`: how far each durable reader of the log has come, and how it gets a part anew. */
class EventSubscriberHttp extends HttpApiGroup.make("eventSubscriber")
  .add(HttpApiEndpoint.get("list", "/").addSuccess(Schema.Array(EventSubscriber.Model)))
  .add(
    HttpApiEndpoint.post("replay", "/replay")
      .setPayload(EventSubscriber.ReplayRequest)
      .addSuccess(EventSubscriber.Replay, { status: 202 })
      .addError(EventSubscriber.NotFound)
      .addError(EventSubscriber.ReplayRunning)
      .addError(Event.UnknownType)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("stopReplay", "/stop-replay")
      .setPayload(EventSubscriber.Place)
      .addSuccess(EventSubscriber.Replay)
      .addError(EventSubscriber.NotFound)
      .addError(EventSubscriber.NoReplay)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("pause", "/pause")
      .setPayload(EventSubscriber.Place)
      .addSuccess(EventSubscriber.Model)
      .addError(EventSubscriber.NotFound)
      .addError(Access.Denied)
  )
  .add(
    HttpApiEndpoint.post("resume", "/resume")
      .setPayload(EventSubscriber.Place)
      .addSuccess(EventSubscriber.Model)
      .addError(EventSubscriber.NotFound)
      .addError(Access.Denied)
  )
  .middleware(Access.Http)
  .prefix("/v1/event-subscribers") {}

export { EventSubscriberHttp }
