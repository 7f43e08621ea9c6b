import { HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
import { Access } from "../access/access.ts"
import { Cluster } from "./cluster.ts"

/** `/v1/cluster`: replicas, singletons and crons once; `cluster.watch` keeps sending them. */
class ClusterHttp extends HttpApiGroup.make("cluster")
  .add(HttpApiEndpoint.get("now", "/").addSuccess(Cluster.Snapshot))
  .middleware(Access.Http)
  .prefix("/v1/cluster") {}

export { ClusterHttp }
