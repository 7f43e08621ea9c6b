import { type Message, Reply, Runners } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Effect, Exit, Layer, Predicate } from "effect"

/** Sharding tries these again, with the same request. */
const _isTriedAgain = (error: unknown): boolean =>
  Predicate.isTagged(error, "EntityNotAssignedToRunner") || Predicate.isTagged(error, "RunnerUnavailable")

/** The protocol of an entity does not name the refusals of the cluster; the type of its client does. */
const _isRefusal = <R extends Rpc.Any>(
  error: unknown,
  _message: Message.Outgoing<R>
): error is Rpc.ErrorExit<R> => !_isTriedAgain(error)

const _answer = <R extends Rpc.Any>(message: Message.Outgoing<R>, error: unknown): Effect.Effect<void> =>
  message._tag === "OutgoingRequest" && _isRefusal(error, message)
    ? message.respond(
        new Reply.WithExit<R>({
          requestId: message.envelope.requestId,
          // Goes to the sender in this process and nowhere else.
          id: message.envelope.requestId,
          exit: Exit.fail(error)
        })
      )
    : Effect.void

const _answering =
  <R extends Rpc.Any>(message: Message.Outgoing<R>) =>
  <E>(sending: Effect.Effect<void, E>): Effect.Effect<void, E> =>
    Effect.tapError(sending, (error) => _answer(message, error))

/**
 * Answers a request that was refused on its way, besides failing it. The stock client keeps what it knows of
 * a request, with the whole context of its sender, until there is a reply, and a refusal is none: 10,000
 * requests to a full mailbox were 200 MB that nothing ever freed.
 */
const RefusalReplies = {
  layer: Layer.effect(
    Runners.Runners,
    Effect.map(Runners.Runners, (runners) =>
      Runners.Runners.of({
        ...runners,
        send: (options) => _answering(options.message)(runners.send(options)),
        sendLocal: (options) => _answering(options.message)(runners.sendLocal(options)),
        notify: (options) => _answering(options.message)(runners.notify(options)),
        notifyLocal: (options) => _answering(options.message)(runners.notifyLocal(options))
      })
    )
  )
} as const

export { RefusalReplies }
