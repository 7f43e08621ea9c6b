import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { ApiRuntime } from "./api-runtime.ts"

/** What every form that asks for a product wants to know; stale when the catalogue is. */
const CatalogueQueries = {
  /** The first 20 products by SKU or name. */
  matching: (search: string) =>
    queryOptions({
      queryKey: ["products", "catalogue", search],
      queryFn: ApiRuntime.query((client) =>
        client.product.list({ urlParams: search === "" ? { limit: 20 } : { search, limit: 20 } })
      ),
      placeholderData: keepPreviousData
    })
} as const

export { CatalogueQueries }
