import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({ tab: Schema.optional(Schema.Literal("history")) })

/** Which part of an order's page is open, as it stands in the URL; the saga when it says nothing. */
const OrderTab = { read: SearchParams.lenient(_Search, {}) } as const

export { OrderTab }
