import { Approval } from "@tessera/shared/approval/approval"
import { Order } from "@tessera/shared/order/order"
import { Schema } from "effect"
import { SearchParams } from "../../../lib/search-params.ts"

const _Filters = Schema.Struct({
  status: Schema.optional(Order.Filter),
  approval: Schema.optional(Approval.Status),
  search: Schema.optional(Schema.String)
})
const _Search = Schema.Struct({ ..._Filters.fields, cursor: Schema.optional(Schema.String) })

const _key = ({ approval, search, status }: OrderSearch.Filters) =>
  SearchParams.stringify({ status, approval, search })

/** The filters of the order list, as they stand in the URL. */
const OrderSearch = {
  Filters: _Filters,
  read: SearchParams.lenient(_Search, {}),
  /** Whether both show the same rows, on whichever page of them. */
  isSame: (left: OrderSearch.Filters, right: OrderSearch.Filters): boolean => _key(left) === _key(right),
  isFiltered: (search: OrderSearch.Filters): boolean => _key(search) !== ""
} as const

declare namespace OrderSearch {
  type Filters = typeof _Filters.Type
  type Value = typeof _Search.Type
}

export { OrderSearch }
