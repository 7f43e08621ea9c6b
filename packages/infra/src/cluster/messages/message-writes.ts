import { MessageStorage, Snowflake } from "@effect/cluster"
import { SqlError } from "@effect/sql"
import { Effect, Exit, Option } from "effect"
import { type PreparedPool } from "../../storage/prepared-pool.ts"
import { MessageRow } from "./message-row.ts"
import { MessageStatements } from "./message-statements.ts"

type _Existing = {
  readonly id: string
  readonly message_id: string | null
  readonly reply_id: string | null
  readonly kind: number | null
  readonly payload: string | null
  readonly sequence: number | null
}

type _Standing = { readonly id: string; readonly request_id: string }

const _refused = (message: string) => Exit.fail(new SqlError.SqlError({ cause: message, message }))

const _duplicate = (row: _Existing): MessageStorage.SaveResult.Encoded =>
  MessageStorage.SaveResultEncoded.Duplicate({
    originalId: Snowflake.Snowflake(row.id),
    lastReceivedReply: Option.map(Option.fromNullable(row.reply_id), (id) =>
      MessageRow.readReply({ ...row, id, request_id: row.id, payload: row.payload ?? "null" })
    )
  })

/** What each row became that was not inserted: the row of the same key or of the same id stands. */
const _standing = (rows: ReadonlyArray<MessageRow.Message>, existing: ReadonlyArray<_Existing>) => {
  const byKey = new Map(existing.map((row) => [row.message_id, row]))
  const byId = new Map(existing.map((row) => [row.id, row]))
  return new Map(
    rows.flatMap(({ id, message_id }) => {
      const known = (message_id === null ? undefined : byKey.get(message_id)) ?? byId.get(id)
      return known === undefined ? [] : [[id, known]]
    })
  )
}

const _insert = ({ query }: PreparedPool.Shape) =>
  Effect.fnUntraced(function* (rows: ReadonlyArray<MessageRow.Message>) {
    const inserted = yield* query<{ readonly id: string }>(MessageStatements.insert, [JSON.stringify(rows)])
    const ids = new Set(inserted.map(({ id }) => id))
    const missing = rows.filter(({ id }) => !ids.has(id))
    const existing =
      missing.length === 0
        ? []
        : yield* query<_Existing>(MessageStatements.existing, [
            missing.flatMap(({ message_id }) => (message_id === null ? [] : [message_id])),
            missing.map(({ id }) => id)
          ])
    const standing = _standing(missing, existing)
    return rows.map(({ id }) =>
      ids.has(id)
        ? Exit.succeed(MessageStorage.SaveResultEncoded.Success())
        : Option.match(Option.fromNullable(standing.get(id)), {
            onNone: () => _refused("the message that stood in the way is gone"),
            onSome: (row) => Exit.succeed(_duplicate(row))
          })
    )
  })

/** Replies of one request follow each other, so they cannot share a statement. */
const _rounds = (rows: ReadonlyArray<MessageRow.Reply>): ReadonlyArray<ReadonlyArray<MessageRow.Reply>> => {
  const first = new Map(rows.toReversed().map((row) => [row.request_id, row]))
  const later = rows.filter((row) => first.get(row.request_id) !== row)
  return later.length === 0 ? [rows] : [[...first.values()], ..._rounds(later)]
}

const _reply = ({ query }: PreparedPool.Shape) =>
  Effect.fnUntraced(function* (rows: ReadonlyArray<MessageRow.Reply>) {
    const written = yield* Effect.forEach(_rounds(rows), (round) =>
      query<{ readonly id: string }>(MessageStatements.reply, [JSON.stringify(round)])
    )
    const ids = new Set(written.flat().map(({ id }) => id))
    const missing = rows.filter(({ id }) => !ids.has(id))
    const standing =
      missing.length === 0
        ? []
        : yield* query<_Standing>(MessageStatements.standing, [missing.map(({ id }) => id)])
    const known = new Map(standing.map((row) => [row.id, row.request_id]))
    return rows.map(({ id, request_id }) =>
      ids.has(id) || known.get(id) === request_id ? Exit.void : _refused("the request has its reply")
    )
  })

/**
 * What a batch of messages or of replies becomes, row by row. Both may be written again when nobody knows
 * whether they were: the same message is then a duplicate of itself, and the same reply is there.
 */
const MessageWrites = { insert: _insert, reply: _reply } as const

export { MessageWrites }
