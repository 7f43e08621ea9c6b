import { HttpApiBuilder } from "@effect/platform"
import { StreamingService } from "@tessera/infra/realtime/streaming-service"
import { Api } from "@tessera/shared/api"
import { Effect, Option } from "effect"
import { Events } from "./events.ts"

/** Maps `EventHttp` onto `Events`. */
const EventHttpLive = HttpApiBuilder.group(Api, "event", (handlers) =>
  Effect.gen(function* () {
    const events = yield* Events
    return handlers
      .handle("log", ({ urlParams }) => events.log(urlParams))
      .handleRaw("stream", ({ headers, urlParams }) =>
        // A browser that comes back asks for the same URL, so the header knows better than `after`. The bus
        // reads
        // what a slow client has not taken from the log later: nothing has to be dropped here.
        StreamingService.sse(
          events.frames(Option.fromNullable(headers["last-event-id"] ?? urlParams.after)),
          { whenSlow: "wait" }
        )
      )
  })
)

export { EventHttpLive }
