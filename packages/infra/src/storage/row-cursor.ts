import { DateTime, Option, Schema } from "effect"

const _timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?([+-]\d\d:\d\d|Z)$/

const _Key = Schema.Struct({
  createdAt: Schema.String.pipe(
    Schema.pattern(_timestamp),
    Schema.filter((text) => Option.isSome(DateTime.make(text)))
  ),
  id: Schema.UUID
})

const _Cursor = Schema.StringFromBase64Url.pipe(Schema.compose(Schema.parseJson(_Key)))
const _encode = Schema.encodeSync(_Cursor)

declare namespace RowCursor {
  type Key = { readonly createdAt: string; readonly id: string }
  type Page<A> = { readonly items: ReadonlyArray<A>; readonly nextCursor: string | null }
}

/**
 * Keyset pagination, newest first, over `(created_at, id)`: ask for rows below the key, one more than the
 * page holds, and let `page` cut it.
 */
const RowCursor = {
  /** From the opaque text of a client, which may be anything. */
  Cursor: _Cursor,
  /** Above every row: `infinity` is a timestamp to PostgreSQL. */
  top: { createdAt: "infinity", id: "ffffffff-ffff-ffff-ffff-ffffffffffff" },
  /**
   * `keyOf` must give the timestamp as PostgreSQL printed it: milliseconds alone would skip or repeat rows.
   */
  page: <A>(rows: ReadonlyArray<A>, limit: number, keyOf: (row: A) => RowCursor.Key): RowCursor.Page<A> => ({
    items: rows.slice(0, limit),
    nextCursor: Option.fromNullable(rows.length > limit ? rows[limit - 1] : undefined).pipe(
      Option.map((row) => _encode(keyOf(row))),
      Option.getOrNull
    )
  })
} as const

export { RowCursor }
