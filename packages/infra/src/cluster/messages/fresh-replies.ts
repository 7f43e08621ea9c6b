import { type Envelope, type Message, type MessageStorage, type Reply, type Snowflake } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Effect, Option } from "effect"
import { RepliesThrough } from "./replies-through.ts"

type _Storage = MessageStorage.MessageStorage["Type"]
type _Kept = Reply.ReplyWithContext<Rpc.Any>

/** So many replies are kept, of so many characters at most: 4 MiB of a replica. */
const _count = 1024
const _characters = 4096

declare namespace FreshReplies {
  type Shape = {
    /** Of a reply that has just been stored. */
    readonly weigh: (requestId: Snowflake.Snowflake, characters: number) => Effect.Effect<void>
    readonly around: (storage: _Storage) => _Storage
  }
}

/** Whoever runs a workflow on clears its replies, maybe on another replica: the table alone knows. */
const _isCleared = ({ envelope }: { readonly envelope: Pick<Envelope.Request.Any, "address"> }): boolean =>
  envelope.address.entityType.startsWith("Workflow/")

type _Bounded = {
  readonly size: number
  readonly keys: () => Iterable<Snowflake.Snowflake>
  readonly delete: (id: Snowflake.Snowflake) => boolean
}

const _dropOldest = (ids: _Bounded) => {
  const [oldest] = ids.size > _count ? ids.keys() : []
  return Option.map(Option.fromNullable(oldest), (id) => ids.delete(id))
}

/** The id of a request stands for its protocol, too. */
const _answers = <R extends Rpc.Any>(
  kept: _Kept,
  message: Message.OutgoingRequest<R> | Message.IncomingRequest<R>
): kept is Reply.ReplyWithContext<R> => kept.reply.requestId === message.envelope.requestId

/**
 * Replies that were stored before somebody asked for them. A busy owner reads a message from the table and
 * answers it before the call that announces the message is here. The stock server lets that call fail, and
 * the sender looks for the reply in the table: one more statement and one more failure for most requests
 * that cross replicas under load. Only the replica that wrote a reply keeps it.
 */
const FreshReplies = {
  make: (): FreshReplies.Shape => {
    const light = new Set<Snowflake.Snowflake>()
    const kept = new Map<Snowflake.Snowflake, _Kept>()

    const keep = (reply: _Kept) =>
      Effect.sync(() => {
        kept.set(reply.reply.requestId, reply)
        _dropOldest(kept)
      }).pipe(Effect.when(() => light.delete(reply.reply.requestId) && reply.reply._tag === "WithExit"))

    return {
      weigh: (requestId, characters) =>
        Effect.sync(() => {
          light.add(requestId)
          // Not every reply comes back to `keep`: the storage answers for itself what it cannot read.
          _dropOldest(light)
        }).pipe(
          Effect.when(() => characters <= _characters),
          Effect.asVoid
        ),
      around: (storage) => ({
        ...RepliesThrough.of(storage, (reply) => Effect.zipLeft(storage.saveReply(reply), keep(reply))),
        clearReplies: (requestId) => {
          kept.delete(requestId)
          return storage.clearReplies(requestId)
        },
        clearAddress: (address) => {
          kept.clear()
          return storage.clearAddress(address)
        },
        registerReplyHandler: (message) =>
          Effect.suspend(() => {
            const reply = kept.get(message.envelope.requestId)
            return reply !== undefined && !_isCleared(message) && _answers(reply, message)
              ? _respond(message, reply)
              : storage.registerReplyHandler(message)
          })
      })
    }
  }
} as const

const _respond = <R extends Rpc.Any>(
  message: Message.OutgoingRequest<R> | Message.IncomingRequest<R>,
  reply: Reply.ReplyWithContext<R>
) => Effect.orDie(message._tag === "IncomingRequest" ? message.respond(reply) : message.respond(reply.reply))

export { FreshReplies }
