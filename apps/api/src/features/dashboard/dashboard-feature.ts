import { Layer } from "effect"
import { DashboardHttpLive } from "./dashboard-http-live.ts"
import { DashboardRepo } from "./dashboard-repo.ts"
import { DashboardRpcLive } from "./dashboard-rpc-live.ts"
import { Dashboards } from "./dashboards.ts"

/** The numbers over HTTP and, as handlers of `Live`, over the socket. */
const DashboardFeature = Layer.merge(DashboardHttpLive, DashboardRpcLive).pipe(
  Layer.provide(Dashboards.layer),
  Layer.provide(DashboardRepo.layer)
)

export { DashboardFeature }
