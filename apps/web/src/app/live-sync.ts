import { type QueryClient, type QueryKey } from "@tanstack/react-query"
import { type Event } from "@tessera/shared/event/event"
import { Import } from "@tessera/shared/import/import"
import { type ImportEvent } from "@tessera/shared/import/import-event"
import { DateTime, Effect, Match, Schedule } from "effect"
import { DashboardQueries } from "../features/dashboard/dashboard-queries.ts"
import { ImportQueries } from "../features/import/import-queries.ts"
import { NoticeToast } from "../features/notice/notice-toast.tsx"
import { OrderQueries } from "../features/order/order-queries.ts"
import { PresenceQueries } from "../features/presence/presence-queries.ts"
import { ProductQueries } from "../features/product/product-queries.ts"
import { ClusterHistory } from "../features/replica/cluster-history.ts"
import { ReplicaQueries } from "../features/replica/replica-queries.ts"
import { LiveConnection } from "../lib/live-connection.ts"
import { LiveHolds } from "../lib/live-holds.ts"
import { SessionQueries } from "../lib/session-queries.ts"

/** A burst of events costs one refetch of what is on the screen in this time, not one each. */
const _pause = "300 millis"

const _order = ({ orderId }: { readonly orderId: string }): ReadonlyArray<QueryKey> => [
  [...OrderQueries.all, "list"],
  [...OrderQueries.all, "detail", orderId],
  ProductQueries.all
]
const _import = ({ importId }: { readonly importId: string }): ReadonlyArray<QueryKey> => [
  [...ImportQueries.all, "list"],
  [...ImportQueries.all, "detail", importId]
]

/** Which queries an event makes stale. */
const _stale = Match.type<Event.Payload>().pipe(
  Match.tagsExhaustive({
    "order.placed": _order,
    "order.advanced": _order,
    "order.fulfilled": _order,
    "order.cancelled": _order,
    "order.retried": _order,
    "order.approval_requested": _order,
    "order.approval_decided": _order,
    "order.refunded": _order,
    "product.created": () => [ProductQueries.all],
    "product.restocked": () => [ProductQueries.all],
    "product.imported": () => [ProductQueries.all],
    "import.progressed": _import,
    "import.completed": _import,
    "import.failed": _import
  })
)

/** Progress is shown from the event itself: four times a second, without a request. */
const _patch = (queries: QueryClient) => (event: ImportEvent.Progressed) => {
  queries.setQueryData(ImportQueries.byId(event.importId).queryKey, (row) =>
    row === undefined || Import.isFinal(row.status)
      ? row
      : Import.Model.make({
          ...row,
          status: event.status,
          percent: event.percent,
          counts: Import.Counts.make({ ...row.counts, rows: event.rows })
        })
  )
}

/**
 * Feeds the cache from the live connection, whenever nothing holds that, until interrupted; `open` leads to a
 * page.
 */
const LiveSync = {
  run: (queries: QueryClient, open: (path: string) => void): Effect.Effect<void> =>
    Effect.suspend(() => {
      const dirty = new Map<string, QueryKey>()
      const patch = _patch(queries)
      const refresh = (queryKey: QueryKey) => Effect.promise(() => queries.invalidateQueries({ queryKey }))
      // One round ends before the next begins: a stream of events can delay a refetch, never starve it.
      const flush = Effect.suspend(() => {
        const keys = [...dirty.values()]
        dirty.clear()
        return Effect.forEach(keys, refresh, { concurrency: "unbounded", discard: true })
      }).pipe(Effect.timeout("3 seconds"), Effect.ignore, Effect.repeat(Schedule.spaced(_pause)))
      const connection = LiveConnection.run({
        onEvents: (fresh) => {
          fresh
            .map(({ payload }) => payload)
            .forEach((payload) => {
              _stale(payload).forEach((key) => {
                dirty.set(JSON.stringify(key), key)
              })
              payload._tag === "import.progressed" ? patch(payload) : undefined
            })
        },
        onDashboard: (numbers) => {
          queries.setQueryData(DashboardQueries.now(numbers.range).queryKey, (shown) =>
            shown !== undefined && DateTime.greaterThan(shown.at, numbers.at) ? shown : numbers
          )
        },
        onCluster: (snapshot) => {
          queries.setQueryData(ReplicaQueries.now.queryKey, ClusterHistory.take(snapshot))
        },
        onPresence: (presence) => {
          queries.setQueryData(PresenceQueries.now.queryKey, presence)
        },
        onNotice: (notice) => NoticeToast.show(notice, open),
        onMissed: () => dirty.set("all", []),
        onTrouble: () => {
          queries.invalidateQueries({ queryKey: SessionQueries.me.queryKey })
        }
      })
      return Effect.all([flush, connection, LiveHolds.run], { concurrency: "unbounded", discard: true })
    })
} as const

export { LiveSync }
