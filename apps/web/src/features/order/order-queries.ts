import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { type OrderRetry } from "@tessera/shared/order/order-retry"
import { type OrderSettings } from "@tessera/shared/order-settings/order-settings"
import { type Refund } from "@tessera/shared/refund/refund"
import { type StuckStep } from "@tessera/shared/stuck-step/stuck-step"
import { Effect } from "effect"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { ReplicaColors } from "../../lib/replica-colors.ts"
import { BulkOutcome } from "./list/bulk-outcome.ts"
import { type OrderSearch } from "./list/order-search.ts"

const _all = ["orders"] as const
const _stuck = [..._all, "stuck"] as const
const _settings = ["order-settings"] as const

/** What a step tries is no event: the pages that show it ask. */
const _tryingMillis = 3000

/** That a refund was refused is no event. */
const _refundingMillis = 2000

const _whileRefunding = ({
  state: { data }
}: {
  readonly state: { readonly data: ReadonlyArray<Refund.Model> | undefined }
}) => (data?.some(({ status }) => status === "requested") === true ? _refundingMillis : false)

/** Reads and writes of orders; live events make them stale, so only what is no event is polled. */
const OrderQueries = {
  all: _all,
  list: (search: OrderSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.order.list({ urlParams: { ...search, limit: 50 } })),
      placeholderData: keepPreviousData
    }),
  /** The first of those that wait for a person; the same rows as the view of them. */
  waiting: queryOptions({
    queryKey: [..._all, "list", { approval: "pending" }],
    queryFn: ApiRuntime.query((client) =>
      client.order.list({ urlParams: { approval: "pending", limit: 50 } })
    )
  }),
  byId: (id: Order.Id) =>
    queryOptions({
      queryKey: [..._all, "detail", id],
      queryFn: ApiRuntime.query((client) => client.order.byId({ path: { id } }))
    }),
  timeline: ({ id, status }: Order.Model) =>
    queryOptions({
      queryKey: [..._all, "detail", id, "timeline"],
      queryFn: ApiRuntime.query((client) =>
        Effect.tap(client.order.timeline({ path: { id } }), (steps) =>
          Effect.sync(() => ReplicaColors.see(steps.map(({ replica }) => replica)))
        )
      ),
      refetchInterval: Order.isFinal(status) ? false : _tryingMillis
    }),
  history: (id: Order.Id) =>
    queryOptions({
      queryKey: [..._all, "detail", id, "history"],
      queryFn: ApiRuntime.query((client) =>
        Effect.tap(client.order.history({ path: { id } }), (entries) =>
          Effect.sync(() => ReplicaColors.see(entries.map(({ replica }) => replica)))
        )
      )
    }),
  /** Of a fulfilled order, the oldest first. */
  refunds: ({ id, status }: Order.Model) =>
    queryOptions({
      queryKey: [..._all, "detail", id, "refunds"],
      queryFn: ApiRuntime.query((client) => client.refund.list({ path: { id } })),
      enabled: status === "fulfilled",
      refetchInterval: _whileRefunding
    }),
  /** Steps that keep failing; the oldest first, at most 100. */
  stuck: queryOptions({
    queryKey: _stuck,
    queryFn: ApiRuntime.query((client) => client.stuckStep.list({})),
    refetchInterval: _tryingMillis
  }),
  settings: queryOptions({
    queryKey: _settings,
    queryFn: ApiRuntime.query((client) => client.orderSettings.read({}))
  }),
  place: {
    mutationFn: ApiRuntime.mutation(
      (client, { key, order }: { readonly key: string; readonly order: Order.Place }) =>
        client.order.place({ headers: { "idempotency-key": key }, payload: order })
    ),
    invalidates: [_all, ["products"], ["reservations"]]
  },
  cancel: {
    mutationFn: ApiRuntime.mutation((client, id: Order.Id) => client.order.cancel({ path: { id } })),
    invalidates: [_all]
  },
  /** Under the same key it is one refund, however often it is sent. */
  refund: {
    mutationFn: ApiRuntime.mutation(
      (
        client,
        {
          id,
          key,
          request
        }: { readonly id: Order.Id; readonly key: string; readonly request: Refund.Request }
      ) => client.refund.request({ path: { id }, headers: { "idempotency-key": key }, payload: request })
    ),
    invalidates: [_all, ["products"]]
  },
  /** A cancelled order, once more. */
  retry: {
    mutationFn: ApiRuntime.mutation(
      (client, { id, changes }: { readonly id: Order.Id; readonly changes: OrderRetry.Request }) =>
        client.order.retry({ path: { id }, payload: changes })
    ),
    invalidates: [_all, ["products"]]
  },
  /** What a person says about an order that waits for it. */
  decide: {
    mutationFn: ApiRuntime.mutation(
      (
        client,
        {
          id,
          note,
          verdict
        }: {
          readonly id: Order.Id
          readonly verdict: Approval.Verdict
          readonly note: string
        }
      ) => client.order[verdict]({ path: { id }, payload: note === "" ? {} : { note } })
    ),
    invalidates: [_all]
  },
  /** Each for itself: one that is refused leaves the others alone. */
  cancelMany: {
    mutationFn: ApiRuntime.mutation((client, orders: ReadonlyArray<Order.Summary>) =>
      BulkOutcome.of(orders, ({ id }) => client.order.cancel({ path: { id } }))
    ),
    invalidates: [_all]
  },
  approveMany: {
    mutationFn: ApiRuntime.mutation((client, orders: ReadonlyArray<Order.Summary>) =>
      BulkOutcome.of(orders, ({ id }) => client.order.approve({ path: { id }, payload: {} }))
    ),
    invalidates: [_all]
  },
  saveSettings: {
    mutationFn: ApiRuntime.mutation((client, payload: OrderSettings.Model) =>
      client.orderSettings.replace({ payload })
    ),
    invalidates: [_settings]
  },
  retryStuck: {
    mutationFn: ApiRuntime.mutation((client, payload: StuckStep.Place) =>
      client.stuckStep.retry({ payload })
    ),
    invalidates: [_all]
  }
} as const

export { OrderQueries }
