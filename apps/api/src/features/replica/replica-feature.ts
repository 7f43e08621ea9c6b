import { Layer } from "effect"
import { ReplicaHttpLive } from "./replica-http-live.ts"
import { ReplicaRepo } from "./replica-repo.ts"
import { Replicas } from "./replicas.ts"

/**
 * The fleet: reports this replica for as long as the layer lives, shows and (in demo mode) kills replicas.
 */
const ReplicaFeature = ReplicaHttpLive.pipe(Layer.provide(Replicas.layer), Layer.provide(ReplicaRepo.layer))

export { ReplicaFeature }
