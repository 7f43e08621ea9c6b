import { Message, type RunnerAddress, Runners } from "@effect/cluster"
import { type Rpc, RpcClient } from "@effect/rpc"
import { Duration, Effect, Layer, Option, RcMap } from "effect"

type _Notice = {
  /** Tells of the newest message that the runner does not know of; one stands for all before it. */
  newest: Option.Option<Effect.Effect<void>>
  isTelling: boolean
}

/** A notice that takes longer is given up: the runner finds the messages at its next poll. */
const _patience = Duration.seconds(1)
const _idle = Duration.minutes(3)

const _key = ({ host, port }: RunnerAddress.RunnerAddress): string => `${host}:${port}`

const _clients = Effect.flatMap(Runners.RpcClientProtocol, (connect) =>
  RcMap.make({
    lookup: (address: RunnerAddress.RunnerAddress) =>
      Effect.flatMap(connect(address), (protocol) =>
        Effect.provideService(Runners.makeRpcClient, RpcClient.Protocol, protocol)
      ),
    idleTimeToLive: _idle
  })
)

/**
 * Tells a runner once of all messages that were stored for it meanwhile, where the stock runner sends it each
 * message and waits for the answer. A runner that is told reads whatever is stored for it, so one notice at a
 * time is enough; and a message that nobody waits for is safe as soon as it is stored.
 */
const MessageNotices = {
  layer: Layer.scoped(
    Runners.Runners,
    Effect.gen(function* () {
      const runners = yield* Runners.Runners
      const clients = yield* _clients
      const scope = yield* Effect.scope
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
        const known = notices.get(_key(address)) ?? { newest: Option.none(), isTelling: false }
        notices.set(_key(address), known)
        return known
      }

      return Runners.Runners.of({
        ...runners,
        // Without an address the message is stored, and nobody is told.
        notify: (options) => {
          const { address, discard, message } = options
          return discard && message._tag === "OutgoingRequest" && Option.isSome(address)
            ? Effect.zipRight(
                runners.notify({ ...options, address: Option.none() }),
                Effect.suspend(() => {
                  const notice = noticeTo(address.value)
                  notice.newest = Option.some(send(address.value, message))
                  return tell(notice)
                })
              )
            : runners.notify(options)
        }
      })
    })
  )
} as const

export { MessageNotices }
