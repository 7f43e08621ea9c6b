import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Effect } from "effect"
import { Dashboards } from "./dashboards.ts"

/** Maps `DashboardHttp` onto `Dashboards`. */
const DashboardHttpLive = HttpApiBuilder.group(Api, "dashboard", (handlers) =>
  Effect.map(Dashboards, (dashboards) =>
    handlers.handle("now", ({ urlParams: { range = Dashboard.initial } }) => dashboards.now(range))
  )
)

export { DashboardHttpLive }
