import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Order } from "@tessera/shared/order/order"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type OrderSearch } from "./order-search.ts"

const _all = ["orders"] as const

/** Reads and writes of orders; live events make them stale, so they need no polling. */
const OrderQueries = {
  all: _all,
  list: (search: OrderSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.order.list({ urlParams: { ...search, limit: 50 } })),
      placeholderData: keepPreviousData
    }),
  byId: (id: Order.Id) =>
    queryOptions({
      queryKey: [..._all, "detail", id],
      queryFn: ApiRuntime.query((client) => client.order.byId({ path: { id } }))
    }),
  timeline: (id: Order.Id) =>
    queryOptions({
      queryKey: [..._all, "detail", id, "timeline"],
      queryFn: ApiRuntime.query((client) => client.order.timeline({ path: { id } }))
    }),
  /** Products to put on an order, by SKU or name. */
  catalogue: (search: string) =>
    queryOptions({
      queryKey: ["products", "catalogue", search],
      queryFn: ApiRuntime.query((client) =>
        client.product.list({ urlParams: search === "" ? { limit: 20 } : { search, limit: 20 } })
      ),
      placeholderData: keepPreviousData
    }),
  place: {
    mutationFn: ApiRuntime.mutation(
      (client, { key, order }: { readonly key: string; readonly order: Order.Place }) =>
        client.order.place({ headers: { "idempotency-key": key }, payload: order })
    ),
    invalidates: [_all, ["products"]]
  },
  cancel: {
    mutationFn: ApiRuntime.mutation((client, id: Order.Id) => client.order.cancel({ path: { id } })),
    invalidates: [_all]
  }
} as const

export { OrderQueries }
