import { type Message, type MessageStorage, type Reply, type Snowflake } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Workflow } from "@effect/workflow"
import { Effect, Exit, Option } from "effect"
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

/** A workflow that waits has not said its last word: somebody clears that reply, maybe on another replica. */
const _isSuspended = (value: unknown): boolean => Workflow.isResult(value) && value._tag === "Suspended"

const _isFinal = ({ reply }: _Kept): boolean =>
  reply._tag === "WithExit" && !(Exit.isSuccess(reply.exit) && _isSuspended(reply.exit.value))

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
        const [oldest] = kept.size > _count ? kept.keys() : []
        return Option.map(Option.fromNullable(oldest), (id) => kept.delete(id))
      }).pipe(Effect.when(() => light.delete(reply.reply.requestId) && _isFinal(reply)))

    return {
      weigh: (requestId, characters) =>
        Effect.asVoid(
          Effect.when(
            Effect.sync(() => light.add(requestId)),
            () => characters <= _characters
          )
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
            return reply !== undefined && _answers(reply, message)
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
