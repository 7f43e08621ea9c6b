import { queryOptions } from "@tanstack/react-query"
import { type Session } from "@tessera/shared/session/session"
import { ApiRuntime } from "../../lib/api-runtime.ts"

/** Signing in, and the demo's sign-ins; who is signed in is `SessionQueries` in lib. */
const LoginQueries = {
  demoLogins: queryOptions({
    queryKey: ["demo-logins"],
    queryFn: ApiRuntime.query((client) => client.session.demoLogins({})),
    staleTime: Number.POSITIVE_INFINITY
  }),
  login: {
    mutationFn: ApiRuntime.mutation((client, login: Session.Login) =>
      client.session.login({ payload: login })
    )
  }
} as const

export { LoginQueries }
