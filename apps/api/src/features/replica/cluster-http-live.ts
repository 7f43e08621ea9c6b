import { HttpApiBuilder } from "@effect/platform"
import { Api } from "@tessera/shared/api"
import { Effect } from "effect"
import { Clusters } from "./clusters.ts"

/** Maps `ClusterHttp` onto `Clusters`. */
const ClusterHttpLive = HttpApiBuilder.group(Api, "cluster", (handlers) =>
  Effect.map(Clusters, (clusters) => handlers.handle("now", () => clusters.now))
)

export { ClusterHttpLive }
