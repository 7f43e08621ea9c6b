import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { type Event } from "@tessera/shared/event/event"
import { Effect } from "effect"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { LiveStore } from "../../lib/live-store.ts"

const _recent = 40

/** The numbers and the latest events: read once, then kept present by the live connection. */
const DashboardQueries = {
  now: (range: Dashboard.Range) =>
    queryOptions({
      queryKey: ["dashboard", range],
      queryFn: ApiRuntime.query((client) => client.dashboard.now({ urlParams: { range } })),
      placeholderData: keepPreviousData,
      refetchInterval: () => (LiveStore.get().status === "reconnecting" ? 5000 : false)
    }),
  /** The last 40 events, oldest first; the log is read from a number on, so its head is asked first. */
  recentEvents: queryOptions({
    queryKey: ["events", "recent"],
    queryFn: ApiRuntime.query((client) =>
      client.event.log({ urlParams: { limit: 1 } }).pipe(
        Effect.flatMap(({ head }) =>
          client.event.log({ urlParams: { after: Math.max(0, head - _recent), limit: _recent } })
        ),
        Effect.map(({ items }): ReadonlyArray<Event.Model> => items)
      )
    ),
    staleTime: Number.POSITIVE_INFINITY
  })
} as const

export { DashboardQueries }
