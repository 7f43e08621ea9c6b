import { HttpLayerRouter, type HttpServerRequest, type HttpServerResponse } from "@effect/platform"
import { type Effect } from "effect"
import { BodyLimit } from "./body-limit.ts"
import { InboundTrace } from "./inbound-trace.ts"
import { ProblemMiddleware } from "./problem-middleware.ts"
import { RequestId } from "./request-id.ts"
import { RequestMetrics } from "./request-metrics.ts"
import { SecurityHeaders } from "./security-headers.ts"

type _App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

const _around = <E, R>(app: _App<E, R>): _App<E, R | HttpServerRequest.HttpServerRequest> =>
  RequestId.middleware(
    InboundTrace.middleware(
      SecurityHeaders.middleware(RequestMetrics.middleware(ProblemMiddleware(BodyLimit.middleware(app))))
    )
  )

/**
 * What surrounds every route, outermost first: request id, trace, security headers, measurement, problems,
 * body limit. `around` is the same without a router; the id must stay outside, since all others read it.
 */
const EdgeMiddleware = {
  around: _around,
  layer: HttpLayerRouter.middleware((app) => _around(app), { global: true })
} as const

export { EdgeMiddleware }
