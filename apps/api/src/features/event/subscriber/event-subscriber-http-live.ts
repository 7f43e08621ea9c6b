import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { EventSubscribers } from "./event-subscribers.ts"

/** Maps `EventSubscriberHttp` onto `EventSubscribers`. */
const EventSubscriberHttpLive = HttpApiBuilder.group(Api, "eventSubscriber", (handlers) =>
  Effect.map(EventSubscribers, (subscribers) =>
    handlers
      .handle("list", () => subscribers.list)
      .handle("replay", ({ payload }) => subscribers.replay(payload))
      .handle("stopReplay", ({ payload }) => subscribers.stopReplay(payload.subscriber))
      .handle("pause", ({ payload }) => subscribers.pause(payload.subscriber))
      .handle("resume", ({ payload }) => subscribers.resume(payload.subscriber))
  )
)

export { EventSubscriberHttpLive }
