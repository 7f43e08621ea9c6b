import { EventRpc } from "@tessera/shared/event/event-rpc"
import { Effect, Option } from "effect"
import { Events } from "./events.ts"

/** Maps `EventRpc` onto `Events`; its half of `Live`. */
const EventRpcLive = EventRpc.toLayer(
  Effect.map(Events, (events) =>
    EventRpc.of({
      "event.watch": ({ after, types }) => events.watch({ after: Option.fromNullable(after), types })
    })
  )
)

export { EventRpcLive }
