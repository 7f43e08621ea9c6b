import { Layer } from "effect"
import { ClusterHttpLive } from "./cluster-http-live.ts"
import { ClusterRpcLive } from "./cluster-rpc-live.ts"
import { Clusters } from "./clusters.ts"
import { ReplicaHttpLive } from "./replica-http-live.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaReport } from "./replica-report.ts"
import { ReplicaVitals } from "./replica-vitals.ts"
import { Replicas } from "./replicas.ts"

/**
 * The fleet: reports this replica for as long as the layer lives; shows all of them over HTTP and, as
 * handlers of `Live`, over the socket; in demo mode ends them.
 */
const ReplicaFeature = Layer.mergeAll(
  ReplicaHttpLive,
  ClusterHttpLive,
  ClusterRpcLive,
  ReplicaReport.pipe(Layer.provide(ReplicaVitals.layer))
).pipe(Layer.provide(Clusters.layer), Layer.provide(Replicas.layer), Layer.provide(ReplicaRepo.layer))

export { ReplicaFeature }
