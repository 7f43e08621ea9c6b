import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Product } from "@tessera/shared/product/product"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type ProductSearch } from "./product-search.ts"

const _all = ["products"] as const

/** Units that are held, or given back, are no event: an open page asks. */
const _heldMillis = 5000

/** Reads and writes of the catalogue; orders move stock, so order events make it stale, too. */
const ProductQueries = {
  all: _all,
  list: (search: ProductSearch.Value) =>
    queryOptions({
      queryKey: [..._all, "list", search],
      queryFn: ApiRuntime.query((client) => client.product.list({ urlParams: { ...search, limit: 50 } })),
      placeholderData: keepPreviousData,
      refetchInterval: _heldMillis
    }),
  create: {
    mutationFn: ApiRuntime.mutation((client, product: Product.Create) =>
      client.product.create({ payload: product })
    ),
    invalidates: [_all]
  },
  restock: {
    mutationFn: ApiRuntime.mutation(
      (client, { id, restock }: { readonly id: Product.Id; readonly restock: Product.Restock }) =>
        client.product.restock({ path: { id }, payload: restock })
    ),
    invalidates: [_all]
  }
} as const

export { ProductQueries }
