import { HttpLayerRouter, HttpServerResponse } from "@effect/platform"
import { Metrics } from "@tessera/infra/observe/metrics"
import { Effect } from "effect"
import { EdgeSettings } from "./edge-settings.ts"
import { ManagementAccess } from "./management-access.ts"
import { ProblemResponse } from "./problem-response.ts"

/** `/metrics` for Prometheus; 401 without the management token, except in the demo. */
const MetricsRoute = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const metrics = yield* Metrics
    const settings = yield* EdgeSettings

    yield* router.add("GET", "/metrics", ({ headers }) =>
      ManagementAccess.allows(headers, settings)
        ? Effect.map(metrics.text, (text) =>
            HttpServerResponse.text(text, { contentType: Metrics.contentType })
          )
        : Effect.succeed(ProblemResponse.of({ status: 401, headers: { "www-authenticate": "Bearer" } }))
    )
  })
)

export { MetricsRoute }
