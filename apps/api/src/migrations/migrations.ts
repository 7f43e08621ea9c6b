import { PgMigrator } from "@effect/sql-pg"
import { AddOrigin } from "./add-origin.ts"
import { CountDashboard } from "./count-dashboard.ts"
import { CreateAccess } from "./create-access.ts"
import { CreateApprovals } from "./create-approvals.ts"
import { CreateCatalogue } from "./create-catalogue.ts"
import { CreateImports } from "./create-imports.ts"
import { CreateInfra } from "./create-infra.ts"
import { CreateLeaders } from "./create-leaders.ts"
import { CreateOrders } from "./create-orders.ts"
import { CreateRefunds } from "./create-refunds.ts"
import { CreateReplicas } from "./create-replicas.ts"
import { CreateReservations } from "./create-reservations.ts"
import { CreateStateHistory } from "./create-state-history.ts"
import { ExtendEvents } from "./extend-events.ts"
import { ExtendReplicas } from "./extend-replicas.ts"
import { SplitShipments } from "./split-shipments.ts"
import { TuneJobs } from "./tune-jobs.ts"

/** The order of this record is the order of history; append only, never edit what has been released. */
const Migrations = PgMigrator.layer({
  loader: PgMigrator.fromRecord({
    "0001_create_infra": CreateInfra,
    "0002_create_access": CreateAccess,
    "0003_create_catalogue": CreateCatalogue,
    "0004_create_orders": CreateOrders,
    "0005_create_imports": CreateImports,
    "0006_create_replicas": CreateReplicas,
    "0007_create_leaders": CreateLeaders,
    "0008_add_origin": AddOrigin,
    "0009_extend_replicas": ExtendReplicas,
    "0010_tune_jobs": TuneJobs,
    "0011_create_state_history": CreateStateHistory,
    "0012_create_approvals": CreateApprovals,
    "0013_create_refunds": CreateRefunds,
    "0014_split_shipments": SplitShipments,
    "0015_create_reservations": CreateReservations,
    "0016_extend_events": ExtendEvents,
    "0017_count_dashboard": CountDashboard
  })
})

export { Migrations }
