import { Order } from "@tessera/shared/order/order"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({
  status: Schema.optional(Order.Status),
  search: Schema.optional(Schema.String),
  cursor: Schema.optional(Schema.String)
})

/** The filters of the order list, as they stand in the URL. */
const OrderSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace OrderSearch {
  type Value = typeof _Search.Type
}

export { OrderSearch }
