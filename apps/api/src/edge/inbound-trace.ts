import { type HttpServerResponse } from "@effect/platform"
import { Trace } from "@tessera/infra/context/trace"
import { Effect, Option } from "effect"

type _App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

const _annotated = <E, R>(app: _App<E, R>): _App<E, R> =>
  Effect.flatMap(Trace.current, (trace) =>
    Effect.annotateLogs(
      app,
      Option.match(trace, { onNone: () => ({}), onSome: ({ traceId }) => ({ traceId }) })
    )
  )

/**
 * The platform opens the request's span in the trace that the caller's `traceparent` names; here it comes
 * into every log line. It takes ids of the older `b3` headers as they are, so a request whose ids are not
 * those of W3C Trace Context goes on in a trace of its own.
 */
const InboundTrace = {
  middleware: <E, R>(app: _App<E, R>) =>
    Effect.flatMap(
      Trace.current,
      Option.match({
        onNone: () => Trace.continued("http.server", null)(_annotated(app)),
        onSome: () => _annotated(app)
      })
    )
} as const

export { InboundTrace }
