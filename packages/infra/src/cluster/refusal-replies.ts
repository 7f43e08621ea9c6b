import { type Message, Reply, Runners } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Duration, Effect, Exit, FiberId, Layer } from "effect"

/** Sharding tries these again, with the same request. */
const _isTriedAgain = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "EntityNotAssignedToRunner" || _tag === "RunnerUnavailable"

/** By then the sender has the refusal itself, and the first outcome of a request is the one that counts. */
const _afterwards = Duration.millis(20)

const _answer = <R extends Rpc.Any>(message: Message.Outgoing<R>): Effect.Effect<void> => {
  const reply = ({ envelope, respond }: Message.OutgoingRequest<R>) =>
    respond(
      new Reply.WithExit<R>({
        requestId: envelope.requestId,
        // Goes to the sender in this process and nowhere else.
        id: envelope.requestId,
        exit: Exit.interrupt(FiberId.none)
      })
    )
  return message._tag === "OutgoingRequest" ? reply(message) : Effect.void
}

const _answering =
  <R extends Rpc.Any>(message: Message.Outgoing<R>) =>
  <E extends { readonly _tag: string }>(sending: Effect.Effect<void, E>): Effect.Effect<void, E> =>
    Effect.tapError(sending, (error) =>
      Effect.unless(Effect.forkDaemon(Effect.delay(_answer(message), _afterwards)), () =>
        _isTriedAgain(error)
      )
    )

/**
 * Answers a request that was refused on its way, after it has failed. The stock client keeps what it knows of
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
