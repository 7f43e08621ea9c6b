import { Layer } from "effect"
import { ApiRoutes } from "./api-routes.ts"
import { DocsRoutes } from "./docs-routes.ts"
import { EdgeMiddleware } from "./edge-middleware.ts"
import { HealthRoutes } from "./health-routes.ts"
import { LiveRoutes } from "./live-routes.ts"
import { MetricsRoute } from "./metrics-route.ts"
import { StaticWeb } from "./static-web.ts"

/**
 * All routes of a replica but `/objects`, with what surrounds every route; merge the app's own routes
 * beside `layer` and give both to `HttpLayerRouter.serve`: they are surrounded, too.
 */
const Edge = {
  layer: Layer.mergeAll(
    EdgeMiddleware.layer,
    ApiRoutes,
    LiveRoutes,
    DocsRoutes,
    HealthRoutes,
    MetricsRoute,
    StaticWeb
  )
} as const

export { Edge }
