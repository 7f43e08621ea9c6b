import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { DashboardRpc } from "@tessera/shared/dashboard/dashboard-rpc"
import { Effect } from "effect"
import { Dashboards } from "./dashboards.ts"

/** Maps `DashboardRpc` onto `Dashboards`; its half of `Live`. */
const DashboardRpcLive = DashboardRpc.toLayer(
  Effect.map(Dashboards, (dashboards) =>
    DashboardRpc.of({
      "dashboard.watch": ({ range = Dashboard.initial }) => dashboards.watch(range),
      "dashboard.clock": () => dashboards.clock
    })
  )
)

export { DashboardRpcLive }
