import { Message, type RunnerAddress } from "@effect/cluster"
import { type Rpc } from "@effect/rpc"
import { Duration, Effect, Option, RcMap } from "effect"
import { RunnerClients } from "./runner-clients.ts"

type _Notice = {
  /** Tells of the newest message that the runner does not know of; one stands for all before it. */
  newest: Option.Option<Effect.Effect<void>>
  isTelling: boolean
}

declare namespace MessageNotices {
  /** Returns at once: the runner is told in the background. */
  type Tell = <R extends Rpc.Any>(
    address: RunnerAddress.RunnerAddress,
    message: Message.OutgoingRequest<R>
  ) => Effect.Effect<void>
}

/** A notice that takes longer is given up: the runner finds the messages at its next poll. */
const _patience = Duration.seconds(1)

/**
 * Tells a runner once of all messages that were stored for it meanwhile, where the stock runner sends it each
 * message and waits for the answer. A runner that is told reads whatever is stored for it, so one notice at a
 * time is enough; and a message that nobody waits for is safe as soon as it is stored.
 */
const MessageNotices = {
  make: (clients: RunnerClients.Shape) =>
    Effect.map(Effect.scope, (scope): MessageNotices.Tell => {
      const notices = new Map<string, _Notice>()

      const send = <R extends Rpc.Any>(
        address: RunnerAddress.RunnerAddress,
        message: Message.OutgoingRequest<R>
      ): Effect.Effect<void> =>
        Effect.all([Message.serializeRequest(message), RcMap.get(clients, address)]).pipe(
          Effect.flatMap(([envelope, client]) => client.Notify({ envelope })),
          Effect.scoped,
          Effect.timeout(_patience),
          Effect.ignore
        )

      const next = (notice: _Notice) =>
        Effect.suspend(() => {
          const { newest } = notice
          notice.newest = Option.none()
          notice.isTelling = Option.isSome(newest)
          return Option.getOrElse(newest, () => Effect.void)
        })

      const tell = (notice: _Notice) =>
        Effect.suspend(() => {
          const isIdle = !notice.isTelling
          notice.isTelling = true
          const telling = Effect.repeat(next(notice), { while: () => notice.isTelling })
          return isIdle ? Effect.asVoid(Effect.forkIn(telling, scope)) : Effect.void
        })

      const noticeTo = (address: RunnerAddress.RunnerAddress): _Notice => {
        const known = notices.get(RunnerClients.key(address)) ?? { newest: Option.none(), isTelling: false }
        notices.set(RunnerClients.key(address), known)
        return known
      }

      return (address, message) =>
        Effect.suspend(() => {
          const notice = noticeTo(address)
          notice.newest = Option.some(send(address, message))
          return tell(notice)
        })
    })
} as const

export { MessageNotices }
