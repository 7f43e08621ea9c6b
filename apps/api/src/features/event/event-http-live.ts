import { HttpApiBuilder } from "@effect/platform"
import { StreamingService } from "@tessera/infra/realtime/streaming-service"
import { Api } from "@tessera/shared/api"
import { Effect, Option, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
import { SignedOut } from "../../access/signed-out.ts"
import { Events } from "./events.ts"

/** Maps `EventHttp` onto `Events`. */
const EventHttpLive = HttpApiBuilder.group(Api, "event", (handlers) =>
  Effect.gen(function* () {
    const events = yield* Events
    const authenticator = yield* Authenticator
    return handlers
      .handle("log", ({ urlParams }) => Effect.map(events.log(urlParams), (page) => ({ ...page, last: 0 })))
      .handle("catalogue", () => Effect.succeed([]))
      .handleRaw("stream", ({ headers, request, urlParams }) =>
        // A browser that comes back asks for the same URL, so the header knows better than `after`. The bus
        // reads
        // what a slow client has not taken from the log later: nothing has to be dropped here.
        StreamingService.sse(
          events
            .frames(Option.fromNullable(headers["last-event-id"] ?? urlParams.after))
            .pipe(
              Stream.interruptWhen(
                Effect.provideService(SignedOut.of(request.headers), Authenticator, authenticator)
              )
            ),
          { whenSlow: "wait" }
        )
      )
  })
)

export { EventHttpLive }
