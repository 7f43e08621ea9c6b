import {
  DeliverAt,
  EntityAddress,
  EntityId,
  EntityType,
  Envelope,
  Message,
  type MessageStorage,
  Reply,
  ShardId,
  ShardingConfig,
  Snowflake,
  SqlMessageStorage
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import { Rpc } from "@effect/rpc"
import { Context, DateTime, Effect, type Exit, Layer, Option, PrimaryKey, Redacted, Schema } from "effect"
import { ClusterPool } from "../cluster/cluster-pool.ts"
import { PgMessageStorage } from "../cluster/messages/pg-message-storage.ts"
import { StoredReplies } from "../cluster/messages/stored-replies.ts"
import { TestDatabase } from "./test-database.ts"

class _Plain extends Schema.Class<_Plain>("Plain")({ text: Schema.String }) {}

class _Keyed extends Schema.Class<_Keyed>("Keyed")({ text: Schema.String, key: Schema.String }) {
  [PrimaryKey.symbol]() {
    return this.key
  }
}

class _Timed extends Schema.Class<_Timed>("Timed")({ text: Schema.String, atMillis: Schema.Number }) {
  [DeliverAt.symbol]() {
    return DateTime.unsafeMake(this.atMillis)
  }
}

class _KeyedAndTimed extends Schema.Class<_KeyedAndTimed>("KeyedAndTimed")({
  text: Schema.String,
  key: Schema.String,
  atMillis: Schema.Number
}) {
  [PrimaryKey.symbol]() {
    return this.key
  }
  [DeliverAt.symbol]() {
    return DateTime.unsafeMake(this.atMillis)
  }
}

const _Payload = Schema.Union(_KeyedAndTimed, _Keyed, _Timed, _Plain)

/** One rpc for everything: a stream, since only streams answer with chunks. */
const _rpc = Rpc.make("Watch", {
  payload: _Payload,
  success: Schema.String,
  error: Schema.String,
  stream: true
})

declare namespace TestMessages {
  type Request = Message.OutgoingRequest<typeof _rpc>
  type Payload = typeof _Payload.Type
  type Storage = Context.Tag.Service<typeof MessageStorage.MessageStorage>
}

const _address = (entityId: string, shard: number) =>
  new EntityAddress.EntityAddress({
    shardId: ShardId.make("default", shard),
    entityType: EntityType.EntityType.make("Sample"),
    entityId: EntityId.make(entityId)
  })

const _id = (id: number) => Snowflake.Snowflake(BigInt(id))

const _reply = (reply: Reply.Reply<typeof _rpc>) =>
  new Reply.ReplyWithContext({ reply, context: Context.empty(), rpc: _rpc })

/** On a database of its own at each call; the pool is the cluster's. */
const _on = <E, R>(storage: Layer.Layer<MessageStorage.MessageStorage, E, R>, replica: string) =>
  Layer.unwrapEffect(
    Effect.map(TestDatabase, ({ url }) =>
      storage.pipe(
        Layer.provide(
          ClusterPool.messages({
            ..._unused,
            replica,
            url: Redacted.make(url("tessera_infra"))
          })
        ),
        Layer.provide(ShardingConfig.layer())
      )
    )
  )

const _unused = {
  host: "",
  listenHost: "",
  port: 0,
  listenPort: 0,
  transport: "socket",
  health: "ping",
  locks: "advisory",
  messages: "batched",
  journal: "off"
} as const

/** Both storages without a cluster, and messages for them, with ids that the test chooses. */
const TestMessages = {
  batched: _on(PgMessageStorage.layer, "batched").pipe(Layer.provide(StoredReplies.layer)),
  stock: _on(SqlMessageStorage.layer, "stock"),
  Plain: _Plain,
  Keyed: _Keyed,
  Timed: _Timed,
  KeyedAndTimed: _KeyedAndTimed,
  rpc: _rpc,
  tag: _rpc._tag,
  id: _id,
  address: _address,
  request: (id: number, address: EntityAddress.EntityAddress, payload: TestMessages.Payload) =>
    new Message.OutgoingRequest({
      envelope: Envelope.makeRequest<typeof _rpc>({
        requestId: _id(id),
        address,
        tag: _rpc._tag,
        payload,
        headers: Headers.fromInput({ origin: "test" }),
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        spanId: "00f067aa0ba902b7",
        sampled: id % 2 === 0
      }),
      context: Context.empty(),
      lastReceivedReply: Option.none(),
      rpc: _rpc,
      respond: () => Effect.void
    }),
  acknowledge: (id: number, address: EntityAddress.EntityAddress, requestId: number, replyId: number) =>
    new Message.OutgoingEnvelope({
      envelope: new Envelope.AckChunk({
        id: _id(id),
        address,
        requestId: _id(requestId),
        replyId: _id(replyId)
      }),
      rpc: _rpc
    }),
  interrupt: (id: number, address: EntityAddress.EntityAddress, requestId: number) =>
    new Message.OutgoingEnvelope({
      envelope: new Envelope.Interrupt({ id: _id(id), address, requestId: _id(requestId) }),
      rpc: _rpc
    }),
  chunk: (id: number, requestId: number, sequence: number) =>
    _reply(new Reply.Chunk({ id: _id(id), requestId: _id(requestId), sequence, values: [`chunk ${id}`] })),
  exit: (id: number, requestId: number, exit: Exit.Exit<void, string>) =>
    _reply(new Reply.WithExit({ id: _id(id), requestId: _id(requestId), exit }))
} as const

export { TestMessages }
