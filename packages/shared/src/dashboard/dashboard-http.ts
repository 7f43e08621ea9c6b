import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Schema } from "effect"
import { Access } from "../access/access.ts"
import { Dashboard } from "./dashboard.ts"

/**
 * `/v1/dashboard?range=`: the numbers once, of 24 hours when absent; `dashboard.watch` keeps sending them.
 */
class DashboardHttp extends HttpApiGroup.make("dashboard")
  .add(
    HttpApiEndpoint.get("now", "/")
      .setUrlParams(Schema.Struct({ range: Schema.optional(Dashboard.Range) }))
      .addSuccess(Dashboard.Model)
  )
  .middleware(Access.Http)
  .prefix("/v1/dashboard") {}

export { DashboardHttp }
