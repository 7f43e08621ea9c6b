import { MessageStorage, Reply, Snowflake, ClusterError as Stock } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { Effect, Exit, Option } from "effect"
import { type MessageRow } from "./message-row.ts"

/** The channel on which a committed message tells the runners to look. */
const _channel = "cluster_messages"

const _awaited =
  "a reply cannot be awaited inside a transaction: the message is not there before the commit; discard it"

/**
 * For a message that nobody waits for, an exit is as good as none; a caller that waits gets it at once,
 * where it would hold its transaction open for a reply that cannot come before the commit.
 */
const _answer = (requestId: Snowflake.Snowflake) => {
  const error = new Stock.PersistenceError({ cause: _awaited })
  const { reply } = Reply.ReplyWithContext.fromDefect({ id: requestId, requestId, defect: _awaited })
  return MessageStorage.SaveResult.Duplicate({
    originalId: requestId,
    lastReceivedReply: Option.some(Object.assign(reply, { exit: Exit.fail(error) }))
  })
}

/**
 * A message that joins the sender's transaction: it is there if and only if the transaction commits. The
 * sender's role may neither read nor write the message table, so a function of the owner does it, which
 * gives nothing away but the id of an equal message. Whoever awaits the reply fails at once.
 */
const MessageTransaction = {
  channel: _channel,
  /** Whether the fiber that asks is in a transaction, of whatever pool. */
  isOpen: Effect.map(Effect.serviceOption(SqlClient.TransactionConnection), Option.isSome),
  answer: _answer,
  insert: (sql: SqlClient.SqlClient, row: MessageRow.Message) =>
    sql<{ readonly original: string | null }>`
      SELECT cluster.send_message(${JSON.stringify(row)}::json)::text AS original`.pipe(
      Effect.map(([sent]) =>
        Option.match(Option.fromNullable(sent?.original), {
          onNone: () => MessageStorage.SaveResultEncoded.Success(),
          onSome: (id) =>
            MessageStorage.SaveResultEncoded.Duplicate({
              originalId: Snowflake.Snowflake(id),
              lastReceivedReply: Option.none()
            })
        })
      )
    )
} as const

export { MessageTransaction }
