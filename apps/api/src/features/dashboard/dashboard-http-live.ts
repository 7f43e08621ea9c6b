import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { Dashboards } from "./dashboards.ts"

/** Maps `DashboardHttp` onto `Dashboards`. */
const DashboardHttpLive = HttpApiBuilder.group(Api, "dashboard", (handlers) =>
  Effect.map(Dashboards, (dashboards) => handlers.handle("now", () => dashboards.now))
)

export { DashboardHttpLive }
