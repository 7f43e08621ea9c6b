import { HttpApiBuilder, HttpApp, HttpServerResponse } from "@effect/platform"
import { OpenStreams } from "@tessera/infra/realtime/open-streams"
import { StreamingService } from "@tessera/infra/realtime/streaming-service"
import { Tenancy } from "@tessera/infra/tenancy"
import { Api } from "@tessera/shared/api"
import { Event } from "@tessera/shared/event/event"
import { Effect, Option, Stream } from "effect"
import { Authenticator } from "../../access/authenticator.ts"
import { SignedOut } from "../../access/signed-out.ts"
import { EventCatalogues } from "./event-catalogues.ts"
import { Events } from "./events.ts"

/** Of one user on this replica; as many as sockets. */
const _most = 20
const _retryAfterSeconds = 5

const _tooMany = Effect.zipRight(
  HttpApp.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(_retryAfterSeconds)))
  ),
  Effect.fail(Event.TooManyStreams.make({ most: _most, retryAfterSeconds: _retryAfterSeconds }))
)

/** Maps `EventHttp` onto `Events` and `EventCatalogues`. */
const EventHttpLive = HttpApiBuilder.group(Api, "event", (handlers) =>
  Effect.gen(function* () {
    const events = yield* Events
    const catalogue = yield* EventCatalogues
    const authenticator = yield* Authenticator
    const { enter } = yield* OpenStreams
    return handlers
      .handle("log", ({ urlParams }) => events.log(urlParams))
      .handle("catalogue", () => catalogue.entries)
      .handleRaw("stream", ({ headers, request, urlParams: { after, types } }) =>
        Effect.gen(function* () {
          const { actorId, tenantId } = yield* Tenancy.Current
          // Until the response has ended: the scope is that of the request.
          const isWelcome = yield* enter(`${tenantId}/${actorId}`, _most)
          yield* Effect.when(_tooMany, () => !isWelcome)
          // A browser that comes back asks for the same URL, so the header knows better than `after`. The bus
          // reads what a slow client has not taken from the log later: nothing has to be dropped here.
          const frames = yield* events.frames({
            after: Option.fromNullable(headers["last-event-id"] ?? after),
            types
          })
          const signedOut = Effect.provideService(SignedOut.of(request.headers), Authenticator, authenticator)
          return yield* StreamingService.sse(Stream.interruptWhen(frames, signedOut), { whenSlow: "wait" })
        })
      )
  })
)

export { EventHttpLive }
