import { queryOptions } from "@tanstack/react-query"
import { Effect } from "effect"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { LiveStore } from "../../lib/live-store.ts"
import { ClusterHistory } from "./cluster-history.ts"

const _all = ["cluster"] as const

/**
 * The cluster, read once and then kept present by the live connection; while that is broken it is asked for,
 * because the replica that died may be the one that the connection led to.
 */
const ReplicaQueries = {
  now: queryOptions({
    queryKey: _all,
    queryFn: ApiRuntime.query((client) => Effect.map(client.cluster.now({}), ClusterHistory.take)),
    refetchInterval: () => (LiveStore.get().status === "reconnecting" ? 1000 : false)
  }),
  kill: {
    mutationFn: ApiRuntime.mutation((client, id: string) => client.replica.kill({ path: { id } })),
    invalidates: []
  },
  drain: {
    mutationFn: ApiRuntime.mutation((client, id: string) => client.replica.drain({ path: { id } })),
    invalidates: []
  }
} as const

export { ReplicaQueries }
