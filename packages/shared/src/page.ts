import { Schema } from "effect"

/**
 * Cursor pagination: `cursor` is opaque, `limit` is 1 to 200 (50 when absent), `nextCursor` null on the
 * last page.
 */
const Page = {
  params: {
    cursor: Schema.optional(Schema.String),
    limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 200)))
  },
  of: <A, I, R>(row: Schema.Schema<A, I, R>) =>
    Schema.Struct({ items: Schema.Array(row), nextCursor: Schema.NullOr(Schema.String) }),
  defaultLimit: 50
} as const

export { Page }
