import { MantineProvider } from "@mantine/core"
import { Notifications } from "@mantine/notifications"
import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { SessionQueries } from "../lib/session-queries.ts"
import { Theme } from "../ui/theme.ts"
import { AppQueries } from "./app-queries.ts"
import { AppRouter } from "./app-router.tsx"
import { LeaveSession } from "./leave-session.ts"

/** Nobody was signed in yet: then the router itself leads to the sign-in page. */
const _hadSession = () => _queries.getQueryData(SessionQueries.me.queryKey) !== undefined

const _queries = AppQueries.make(() => {
  _hadSession() ? LeaveSession(_router, _queries, _router.state.location.href) : undefined
})
const _router = AppRouter.make(_queries)

/** The providers around the router: colours, toasts, cache. */
const App = () => (
  <MantineProvider theme={Theme.options} cssVariablesResolver={Theme.variables} defaultColorScheme="auto">
    <Notifications position="bottom-right" limit={4} />
    <QueryClientProvider client={_queries}>
      <RouterProvider router={_router} />
    </QueryClientProvider>
  </MantineProvider>
)

export { App }
