import { queryOptions } from "@tanstack/react-query"
import { type Failure } from "@tessera/shared/failure/failure"
import { ApiRuntime } from "../../lib/api-runtime.ts"

const _all = ["failures"] as const

/** What the sandbox does wrong on purpose; everybody in the demo shares it, so it is asked for every 10 s. */
const FailureQueries = {
  settings: queryOptions({
    queryKey: _all,
    queryFn: ApiRuntime.query((client) => client.failure.read({})),
    refetchInterval: 10_000
  }),
  replace: {
    mutationFn: ApiRuntime.mutation((client, payload: Failure.Settings) =>
      client.failure.replace({ payload })
    ),
    invalidates: [_all]
  }
} as const

export { FailureQueries }
