import { MessageStorage, Snowflake, SqlMessageStorage, ClusterError as Stock } from "@effect/cluster"
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect, Layer, Option, Schema } from "effect"
import { Batcher } from "../../storage/batcher.ts"
import { EventLoop } from "../../storage/event-loop.ts"
import { PreparedPool } from "../../storage/prepared-pool.ts"
import { MessageRow } from "./message-row.ts"
import { MessageStatements } from "./message-statements.ts"
import { MessageTransaction } from "./message-transaction.ts"
import { MessageWrites } from "./message-writes.ts"
import { StoredReplies } from "./stored-replies.ts"

/** Bytes of one message; more belongs into the object store, with a reference in the message. */
const _limit = 1_048_576

/** Rows of one statement, and statements under way at once. */
const _batch = { maxSize: 500, inFlight: 3 } as const

const _tooLarge = new Stock.MalformedMessage({ cause: `a message takes ${_limit} bytes at most` })
const _isMalformed = Schema.is(Stock.MalformedMessage)

const _bytes = ({ headers, payload }: MessageRow.Message) =>
  Buffer.byteLength(payload ?? "") + Buffer.byteLength(headers ?? "")

/** Puts one message into the batch, or into the transaction that its sender is in. */
const _saving = Effect.gen(function* () {
  const pool = yield* PreparedPool
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const save = yield* Batcher.make<MessageRow.Message, MessageStorage.SaveResult.Encoded, SqlError.SqlError>(
    MessageWrites.insert(pool),
    { name: "messages", ..._batch, sizeOf: ({ payload }) => payload?.length ?? 0 }
  )
  const send = (row: MessageRow.Message) =>
    Effect.if(MessageTransaction.isOpen, {
      onFalse: () => save(row),
      onTrue: () => MessageTransaction.insert(sql, row)
    })
  const acknowledge = (row: MessageRow.Message) =>
    Effect.as(
      pool.query(MessageStatements.acknowledge, [JSON.stringify([row])]),
      MessageStorage.SaveResultEncoded.Success()
    )
  return (saved: MessageRow.Saved) =>
    Effect.succeed(MessageRow.of(saved)).pipe(
      Effect.filterOrFail(
        (row) => _bytes(row) <= _limit,
        () => _tooLarge
      ),
      Effect.flatMap(saved.envelope._tag === "AckChunk" ? acknowledge : send),
      Stock.PersistenceError.refail
    )
})

const _encoded = Effect.gen(function* () {
  const stored = yield* StoredReplies
  const pool = yield* PreparedPool
  const saveEnvelope = yield* _saving
  const answer = yield* Batcher.make<MessageRow.Reply, void, SqlError.SqlError>(MessageWrites.reply(pool), {
    name: "replies",
    ..._batch,
    sizeOf: ({ payload }) => payload.length
  })
  const run = (text: string, ...values: ReadonlyArray<unknown>) =>
    Stock.PersistenceError.refail(Effect.asVoid(pool.query(text, values)))
  const read = <Row, A>(map: (row: Row) => A, text: string, ...values: ReadonlyArray<unknown>) =>
    Stock.PersistenceError.refail(
      Effect.map(pool.query<Row>(text, values), (rows): Array<A> => rows.map((row) => map(row)))
    )

  return yield* MessageStorage.makeEncoded({
    saveEnvelope,
    saveReply: (reply) => {
      const row = MessageRow.ofReply(reply)
      return Stock.PersistenceError.refail(
        Effect.map(answer(row), () => stored.put(reply, row.payload.length))
      )
    },
    clearReplies: (requestId) =>
      Effect.suspend(() => {
        stored.forget(Option.some(String(requestId)))
        return run(MessageStatements.clearReplies, String(requestId))
      }),
    requestIdForPrimaryKey: (primaryKey) =>
      Effect.map(
        read(
          ({ id }: { readonly id: string }) => Snowflake.Snowflake(id),
          MessageStatements.requestId,
          MessageRow.key(primaryKey)
        ),
        ([id]) => Option.fromNullable(id)
      ),
    repliesFor: (ids) => read(MessageRow.readReply, MessageStatements.openReplies, ids),
    repliesForUnfiltered: (ids) => read(MessageRow.readReply, MessageStatements.replies, ids),
    unprocessedMessages: (shards, now) =>
      Effect.zipRight(EventLoop.turn, read(MessageRow.read, MessageStatements.unprocessed, shards, now)),
    unprocessedMessagesById: (ids, now) =>
      read(MessageRow.read, MessageStatements.unprocessedById, ids.map(String), now),
    resetAddress: ({ entityId, entityType, shardId }) =>
      run(MessageStatements.resetAddress, shardId.toString(), entityType, entityId),
    clearAddress: ({ entityId, entityType }) =>
      Effect.suspend(() => {
        stored.forget(Option.none())
        return run(MessageStatements.clearAddress, entityType, entityId)
      }),
    resetShards: (shards) => run(MessageStatements.resetShards, shards)
  })
})

const _make = Effect.gen(function* () {
  const storage = yield* _encoded
  return MessageStorage.MessageStorage.of({
    ...storage,
    saveRequest: (message) =>
      storage.saveRequest(message).pipe(
        // What will never fit is no trouble that passes.
        Effect.mapError((error) => (_isMalformed(error.cause) ? error.cause : error)),
        Effect.flatMap((result) =>
          Effect.if(MessageTransaction.isOpen, {
            onFalse: () => Effect.succeed(result),
            onTrue: () => Effect.succeed(MessageTransaction.answer(message.envelope.requestId))
          })
        )
      )
  })
})

/**
 * The stock message storage with its writes batched: concurrent messages share one insert and concurrent
 * replies one statement, where the stock storage needs one and four for each. Same tables, same rows, same
 * meaning, so a cluster may change from one to the other between two starts.
 */
const PgMessageStorage = {
  layer: Layer.scoped(MessageStorage.MessageStorage, _make).pipe(
    Layer.provide(Snowflake.layerGenerator),
    // The stock storage makes and migrates the tables.
    Layer.provide(Layer.orDie(Layer.scopedDiscard(Layer.build(SqlMessageStorage.layer))))
  )
} as const

export { PgMessageStorage }
