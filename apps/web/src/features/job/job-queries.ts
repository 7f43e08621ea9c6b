import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Job } from "@tessera/shared/job/job"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type JobSearch } from "./job-search.ts"

const _all = ["jobs"] as const

/** Reads and writes of background jobs; they publish no events, so the open page asks every three seconds. */
const JobQueries = {
  all: _all,
  list: (search: JobSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.job.list({ urlParams: { ...search, limit: 50 } })),
      placeholderData: keepPreviousData,
      refetchInterval: 3000
    }),
  replay: {
    mutationFn: ApiRuntime.mutation((client, id: Job.Id) => client.job.replay({ path: { id } })),
    invalidates: [_all]
  }
} as const

export { JobQueries }
