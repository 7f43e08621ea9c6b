import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Access } from "../access/access.ts"
import { Dashboard } from "./dashboard.ts"

/** `/v1/dashboard`: the numbers once; `dashboard.watch` keeps sending them. */
class DashboardHttp extends HttpApiGroup.make("dashboard")
  .add(HttpApiEndpoint.get("now", "/").addSuccess(Dashboard.Model))
  .middleware(Access.Http)
  .prefix("/v1/dashboard") {}

export { DashboardHttp }
