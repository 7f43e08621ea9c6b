import { createHash } from "node:crypto"
import { type Envelope, type MessageStorage, type Reply, ShardId } from "@effect/cluster"
import { Option } from "effect"

/** `kind` of a message, as the stock storage numbers them. */
const _kinds = { Request: 0, AckChunk: 1, Interrupt: 2 } as const

/** Longer keys are stored as their SHA-256. */
const _keyLimit = 255

declare namespace MessageRow {
  /** One row of `cluster_messages` as it is written; ids are decimal strings, because JSON has no 64 bits. */
  type Message = {
    readonly id: string
    readonly message_id: string | null
    readonly shard_id: string
    readonly entity_type: string
    readonly entity_id: string
    readonly kind: number
    readonly tag: string | null
    readonly payload: string | null
    readonly headers: string | null
    readonly trace_id: string | null
    readonly span_id: string | null
    readonly sampled: boolean | null
    readonly request_id: string
    readonly reply_id: string | null
    readonly deliver_at: number | null
  }
  /** As it is read: with the last chunk that was sent, for a stream that goes on. */
  type Read = MessageRow.Message & {
    readonly chunk_id: string | null
    readonly chunk_payload: string | null
    readonly chunk_sequence: number | null
  }
  /** One row of `cluster_replies`; `kind` is 0 for the exit and null for a chunk. */
  type Reply = {
    readonly id: string
    readonly kind: number | null
    readonly request_id: string
    readonly payload: string
    readonly sequence: number | null
  }
  type Unprocessed = {
    readonly envelope: Envelope.Envelope.Encoded
    readonly lastSentReply: Option.Option<Reply.ReplyEncoded<never>>
  }
  type Saved = Parameters<MessageStorage.Encoded["saveEnvelope"]>[0]
}

const _key = (primaryKey: string): string =>
  primaryKey.length <= _keyLimit ? primaryKey : createHash("sha256").update(primaryKey).digest("hex")

const _address = (row: MessageRow.Message) => ({
  shardId: ShardId.ShardId.fromStringEncoded(row.shard_id),
  entityType: row.entity_type,
  entityId: row.entity_id
})

const _bare = {
  tag: null,
  payload: null,
  headers: null,
  trace_id: null,
  span_id: null,
  sampled: null,
  reply_id: null
} as const

const _of = ({ deliverAt, envelope, primaryKey }: MessageRow.Saved): MessageRow.Message => {
  const common = {
    ..._bare,
    message_id: primaryKey === null ? null : _key(primaryKey),
    shard_id: ShardId.ShardId.toString(envelope.address.shardId),
    entity_type: envelope.address.entityType,
    entity_id: envelope.address.entityId,
    kind: _kinds[envelope._tag],
    request_id: envelope.requestId,
    deliver_at: deliverAt
  }
  return envelope._tag === "Request"
    ? {
        ...common,
        id: envelope.requestId,
        tag: envelope.tag,
        // A request without a payload has none here, either.
        payload: JSON.stringify(envelope.payload) ?? null,
        headers: JSON.stringify(envelope.headers),
        trace_id: envelope.traceId ?? null,
        span_id: envelope.spanId ?? null,
        sampled: envelope.sampled ?? null
      }
    : { ...common, id: envelope.id, reply_id: envelope._tag === "AckChunk" ? envelope.replyId : null }
}

const _request = (row: MessageRow.Read): Envelope.Envelope.Encoded => ({
  _tag: "Request",
  requestId: row.id,
  address: _address(row),
  tag: row.tag ?? "",
  payload: JSON.parse(row.payload ?? "null"),
  headers: JSON.parse(row.headers ?? "{}"),
  traceId: row.trace_id ?? undefined,
  spanId: row.span_id ?? undefined,
  sampled: row.sampled ?? false
})

const _chunk = (row: MessageRow.Read) =>
  Option.map(Option.fromNullable(row.chunk_id), (id) => ({
    _tag: "Chunk" as const,
    id,
    requestId: row.request_id,
    sequence: row.chunk_sequence ?? 0,
    values: JSON.parse(row.chunk_payload ?? "[]")
  }))

const _readers = {
  [_kinds.Request]: (row: MessageRow.Read): MessageRow.Unprocessed => ({
    envelope: _request(row),
    lastSentReply: _chunk(row)
  }),
  [_kinds.AckChunk]: (row: MessageRow.Read): MessageRow.Unprocessed => ({
    envelope: {
      _tag: "AckChunk",
      id: row.id,
      requestId: row.request_id,
      replyId: row.reply_id ?? "",
      address: _address(row)
    },
    lastSentReply: Option.none()
  }),
  [_kinds.Interrupt]: (row: MessageRow.Read): MessageRow.Unprocessed => ({
    envelope: { _tag: "Interrupt", id: row.id, requestId: row.request_id, address: _address(row) },
    lastSentReply: Option.none()
  })
}

const _kindOf = (kind: number) => (kind === _kinds.Request ? 0 : kind === _kinds.AckChunk ? 1 : 2)

/** What the stock storage writes and reads, row for row, so that either may go on from the other's tables. */
const MessageRow = {
  kinds: _kinds,
  key: _key,
  of: _of,
  read: (row: MessageRow.Read): MessageRow.Unprocessed => _readers[_kindOf(row.kind)](row),
  ofReply: (reply: Reply.ReplyEncoded<never>): MessageRow.Reply =>
    reply._tag === "WithExit"
      ? {
          id: reply.id,
          kind: 0,
          request_id: reply.requestId,
          payload: JSON.stringify(reply.exit),
          sequence: null
        }
      : {
          id: reply.id,
          kind: null,
          request_id: reply.requestId,
          payload: JSON.stringify(reply.values),
          sequence: reply.sequence
        },
  readReply: (row: MessageRow.Reply): Reply.ReplyEncoded<never> =>
    row.kind === 0
      ? { _tag: "WithExit", id: row.id, requestId: row.request_id, exit: JSON.parse(row.payload) }
      : {
          _tag: "Chunk",
          id: row.id,
          requestId: row.request_id,
          sequence: row.sequence ?? 0,
          values: JSON.parse(row.payload)
        }
} as const

export { MessageRow }
