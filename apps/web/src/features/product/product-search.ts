import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({
  search: Schema.optional(Schema.String),
  cursor: Schema.optional(Schema.String)
})

/** The filters of the catalogue, as they stand in the URL. */
const ProductSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace ProductSearch {
  type Value = typeof _Search.Type
}

export { ProductSearch }
