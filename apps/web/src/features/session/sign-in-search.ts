import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

/** Only a path of this app: an address from outside must not lead a person away after signing in. */
const _Search = Schema.Struct({
  to: Schema.optional(Schema.String.pipe(Schema.pattern(/^\/(?![/\\])/)))
})

/** Where to go after signing in, as it stands in the URL. */
const SignInSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace SignInSearch {
  type Value = typeof _Search.Type
}

export { SignInSearch }
