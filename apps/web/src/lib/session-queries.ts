import { queryOptions } from "@tanstack/react-query"
import { ApiRuntime } from "./api-runtime.ts"

/** Who is signed in; every page needs it, therefore it is no feature's own. A 401 means: the sign-in page. */
const SessionQueries = {
  me: queryOptions({
    queryKey: ["session"],
    queryFn: ApiRuntime.query((client) => client.session.me({})),
    staleTime: 60_000,
    retry: false
  })
} as const

export { SessionQueries }
