import { HttpApiBuilder } from "@effect/platform"
import { StreamingService } from "@tessera/infra/realtime/streaming-service"
import { Api } from "@tessera/shared/api"
import { Effect, Option, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
import { SignedOut } from "../../access/signed-out.ts"
import { EventCatalogues } from "./event-catalogues.ts"
import { Events } from "./events.ts"

/** Maps `EventHttp` onto `Events` and `EventCatalogues`. */
const EventHttpLive = HttpApiBuilder.group(Api, "event", (handlers) =>
  Effect.gen(function* () {
    const events = yield* Events
    const catalogue = yield* EventCatalogues
    const authenticator = yield* Authenticator
    return handlers
      .handle("log", ({ urlParams }) => events.log(urlParams))
      .handle("catalogue", () => catalogue.entries)
      .handleRaw("stream", ({ headers, request, urlParams: { after, types } }) =>
        // A browser that comes back asks for the same URL, so the header knows better than `after`. The bus
        // reads what a slow client has not taken from the log later: nothing has to be dropped here.
        events
          .frames({ after: Option.fromNullable(headers["last-event-id"] ?? after), types })
          .pipe(
            Effect.flatMap((frames) =>
              StreamingService.sse(
                Stream.interruptWhen(
                  frames,
                  Effect.provideService(SignedOut.of(request.headers), Authenticator, authenticator)
                ),
                { whenSlow: "wait" }
              )
            )
          )
      )
  })
)

export { EventHttpLive }
