import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({ cursor: Schema.optional(Schema.String) })

/** Where in a cursor-paged list (the history, the rejected rows of one import) the URL points. */
const ImportSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace ImportSearch {
  type Value = typeof _Search.Type
}

export { ImportSearch }
