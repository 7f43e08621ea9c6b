import { type QueryClient } from "@tanstack/react-query"
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect
} from "@tanstack/react-router"
import { Import } from "@tessera/shared/import/import"
import { Order } from "@tessera/shared/order/order"
import { Schema } from "effect"
import { DashboardSearch } from "../features/dashboard/dashboard-search.ts"
import { EventSearch } from "../features/event/event-search.ts"
import { ImportSearch } from "../features/import/import-search.ts"
import { JobSearch } from "../features/job/job-search.ts"
import { OrderSearch } from "../features/order/list/order-search.ts"
import { OrderTab } from "../features/order/order-tab.ts"
import { ProductSearch } from "../features/product/product-search.ts"
import { ReservationSearch } from "../features/reservation/reservation-search.ts"
import { SignInSearch } from "../features/session/sign-in-search.ts"
import { WebhookSearch } from "../features/webhook/webhook-search.ts"
import { type ClientProblem } from "../lib/client-problem.ts"
import { SearchParams } from "../lib/search-params.ts"
import { SessionQueries } from "../lib/session-queries.ts"
import { RowSkeleton } from "../ui/row-skeleton.tsx"
import { AppLayout } from "./app-layout.tsx"
import { NotFoundPage } from "./not-found-page.tsx"
import { RouteProblem } from "./route-problem.tsx"

const _root = createRootRouteWithContext<{ readonly queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: () => (
    <main>
      <NotFoundPage />
    </main>
  )
})

const _signIn = createRoute({
  getParentRoute: () => _root,
  path: "/sign-in",
  validateSearch: SignInSearch.read,
  component: lazyRouteComponent(() => import("../features/session/sign-in-page.tsx"), "SignInPage")
})

/** Everything below needs a session; without one the sign-in page comes first and leads back here. */
const _app = createRoute({
  getParentRoute: () => _root,
  id: "app",
  component: AppLayout,
  beforeLoad: ({ context, location }) =>
    context.queries
      .ensureQueryData(SessionQueries.me)
      .then(() => undefined)
      .catch((problem: ClientProblem) =>
        Promise.reject(
          problem.status === 401 ? redirect({ to: "/sign-in", search: { to: location.href } }) : problem
        )
      )
})

/** An address that cannot be one of ours is not found before anything is asked. */
const _known =
  <A extends string>(id: Schema.Schema<A>) =>
  ({ params }: { readonly params: { readonly id: string } }) =>
    Schema.is(id)(params.id) ? undefined : Promise.reject(notFound())

const _dashboard = createRoute({
  getParentRoute: () => _app,
  path: "/",
  validateSearch: DashboardSearch.read,
  component: lazyRouteComponent(() => import("../features/dashboard/dashboard-page.tsx"), "DashboardPage")
})
const _orders = createRoute({
  getParentRoute: () => _app,
  path: "/orders",
  validateSearch: OrderSearch.read,
  component: lazyRouteComponent(() => import("../features/order/list/order-list-page.tsx"), "OrderListPage")
})
const _order = createRoute({
  getParentRoute: () => _app,
  path: "/orders/$id",
  validateSearch: OrderTab.read,
  beforeLoad: _known(Schema.typeSchema(Order.Id)),
  component: lazyRouteComponent(() => import("../features/order/order-page.tsx"), "OrderPage")
})
const _stuck = createRoute({
  getParentRoute: () => _app,
  path: "/orders/stuck",
  component: lazyRouteComponent(() => import("../features/order/stuck/stuck-page.tsx"), "StuckPage")
})
const _products = createRoute({
  getParentRoute: () => _app,
  path: "/products",
  validateSearch: ProductSearch.read,
  component: lazyRouteComponent(() => import("../features/product/product-list-page.tsx"), "ProductListPage")
})
const _reservations = createRoute({
  getParentRoute: () => _app,
  path: "/reservations",
  validateSearch: ReservationSearch.read,
  component: lazyRouteComponent(() => import("./reservation-route.tsx"), "ReservationRoute")
})
const _imports = createRoute({
  getParentRoute: () => _app,
  path: "/imports",
  validateSearch: ImportSearch.read,
  component: lazyRouteComponent(() => import("../features/import/import-list-page.tsx"), "ImportListPage")
})
const _import = createRoute({
  getParentRoute: () => _app,
  path: "/imports/$id",
  validateSearch: ImportSearch.read,
  beforeLoad: _known(Schema.typeSchema(Import.Id)),
  component: lazyRouteComponent(() => import("../features/import/import-page.tsx"), "ImportPage")
})
const _webhooks = createRoute({
  getParentRoute: () => _app,
  path: "/webhooks",
  validateSearch: WebhookSearch.read,
  component: lazyRouteComponent(() => import("../features/webhook/webhook-page.tsx"), "WebhookPage")
})
const _events = createRoute({
  getParentRoute: () => _app,
  path: "/events",
  validateSearch: EventSearch.read,
  component: lazyRouteComponent(() => import("../features/event/event-page.tsx"), "EventPage")
})
const _jobs = createRoute({
  getParentRoute: () => _app,
  path: "/jobs",
  validateSearch: JobSearch.read,
  component: lazyRouteComponent(() => import("../features/job/job-list-page.tsx"), "JobListPage")
})
const _cluster = createRoute({
  getParentRoute: () => _app,
  path: "/cluster",
  component: lazyRouteComponent(() => import("./cluster-route.tsx"), "ClusterRoute")
})

const _tree = _root.addChildren([
  _signIn,
  _app.addChildren([
    _dashboard,
    _orders,
    _stuck,
    _order,
    _products,
    _reservations,
    _imports,
    _import,
    _webhooks,
    _events,
    _jobs,
    _cluster
  ])
])

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof AppRouter.make>
  }
}

/** Every address of the app; pages load when they are first wanted, or when a link to them is pointed at. */
const AppRouter = {
  make: (queries: QueryClient) =>
    createRouter({
      routeTree: _tree,
      context: { queries },
      defaultPreload: "intent",
      defaultPreloadStaleTime: 0,
      scrollRestoration: true,
      parseSearch: SearchParams.parse,
      stringifySearch: SearchParams.stringify,
      defaultPendingComponent: RowSkeleton,
      defaultNotFoundComponent: NotFoundPage,
      defaultErrorComponent: RouteProblem
    })
} as const

export { AppRouter }
