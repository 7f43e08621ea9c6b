import { type QueryClient } from "@tanstack/react-query"
import { type AnyRouter } from "@tanstack/react-router"
import { LiveStore } from "../lib/live-store.ts"

const _signIn = "/sign-in"
/** What the sign-in page itself shows belongs to nobody. */
const _public = "demo-logins"

/**
 * Leads to the sign-in page and forgets everything that the last person saw.
 * `back` is the address to return to after the next sign-in; none after a sign-out.
 */
const LeaveSession = (router: AnyRouter, queries: QueryClient, back?: string): Promise<void> =>
  router.state.location.pathname === _signIn
    ? Promise.resolve()
    : router.navigate({ to: _signIn, search: back === undefined ? {} : { to: back } }).then(() => {
        LiveStore.reset()
        queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== _public })
      })

export { LeaveSession }
