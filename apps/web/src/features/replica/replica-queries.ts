import { queryOptions } from "@tanstack/react-query"
import { ApiRuntime } from "../../lib/api-runtime.ts"

const _all = ["replicas"] as const

/** Reads and writes of the fleet; asked every two seconds, because a dead replica sends no event. */
const ReplicaQueries = {
  all: _all,
  list: queryOptions({
    queryKey: [..._all, "list"],
    queryFn: ApiRuntime.query((client) => client.replica.list({})),
    refetchInterval: 2000
  }),
  kill: {
    mutationFn: ApiRuntime.mutation((client, id: string) => client.replica.kill({ path: { id } })),
    invalidates: [_all]
  }
} as const

export { ReplicaQueries }
