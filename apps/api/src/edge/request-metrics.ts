import { HttpServerRequest, type HttpServerResponse } from "@effect/platform"
import { Duration, Effect, Metric, MetricBoundaries } from "effect"

const _seconds = Metric.histogram(
  "http_request_duration_seconds",
  MetricBoundaries.fromIterable([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  "Seconds from the head of a request to its answer, by method and class of status. Sockets are not counted."
)

/** Measures every request but WebSockets, whose duration is that of a visit. */
const RequestMetrics = {
  middleware: <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      request.headers.upgrade === undefined ? _measured(request.method, app) : app
    )
} as const

const _measured = <E, R>(method: string, app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.timed(app).pipe(
    Effect.tap(([duration, { status }]) =>
      Metric.update(
        _seconds.pipe(
          Metric.tagged("method", method),
          Metric.tagged("status", `${Math.floor(status / 100)}xx`)
        ),
        Duration.toSeconds(duration)
      )
    ),
    Effect.map(([, response]) => response)
  )

export { RequestMetrics }
