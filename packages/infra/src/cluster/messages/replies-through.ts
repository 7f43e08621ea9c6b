import { Message, type MessageStorage } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Effect } from "effect"

type _Storage = MessageStorage.MessageStorage["Type"]

/**
 * A storage that stores every reply this way. Replacing `saveReply` alone is not enough: a storage ties the
 * messages that it reads to its own, and most replies are of those.
 */
const RepliesThrough = {
  of: (storage: _Storage, saveReply: _Storage["saveReply"]): _Storage => {
    const tied = (messages: ReadonlyArray<Message.Incoming<Rpc.Any>>) =>
      messages.map((message) =>
        message._tag === "IncomingRequest"
          ? new Message.IncomingRequest({ ...message, respond: saveReply })
          : message
      )
    return {
      ...storage,
      saveReply,
      unprocessedMessages: (shards) => Effect.map(storage.unprocessedMessages(shards), tied),
      unprocessedMessagesById: (ids) => Effect.map(storage.unprocessedMessagesById(ids), tied)
    }
  }
} as const

export { RepliesThrough }
