import { ClusterTables } from "@tessera/infra/cluster/cluster-tables"

/** 0007. Singletons, crons and their ticks. */
const CreateLeaders = ClusterTables.create

export { CreateLeaders }
