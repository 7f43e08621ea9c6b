import { type HttpServerResponse } from "@effect/platform"
import { Trace } from "@tessera/infra/context/trace"
import { Effect, Option } from "effect"

type _App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/**
 * The platform opens the request's span in the trace that the caller's `traceparent` names. It takes ids of
 * the older `b3` headers as they are, so a request whose ids are not those of W3C Trace Context goes on in a
 * trace of its own.
 */
const InboundTrace = {
  middleware: <E, R>(app: _App<E, R>) =>
    Effect.flatMap(
      Trace.current,
      Option.match({
        onNone: () => Trace.continued("http.server", null)(app),
        onSome: () => app
      })
    )
} as const

export { InboundTrace }
