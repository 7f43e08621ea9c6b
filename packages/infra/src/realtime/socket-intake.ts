import { type RpcMessage } from "@effect/rpc"
import { Clock, Effect, Either, Match, Option } from "effect"
import { MessageEnvelope } from "./message-envelope.ts"
import { type SocketBudget } from "./socket-budget.ts"
import { type SocketCalls } from "./socket-calls.ts"
import { SocketClose } from "./socket-close.ts"

declare namespace SocketIntake {
  type Options = {
    readonly budget: SocketBudget
    readonly calls: SocketCalls
    /** Of the upgrade: they stand for those of every message and cannot be overridden by it. */
    readonly headers: ReadonlyArray<[string, string]>
    /** What a call is known by in the log. */
    readonly requestId: (id: string) => string
    readonly refusals: SocketCalls.Refusals
    readonly refuse: (refused: SocketCalls.Refused) => Effect.Effect<void>
    readonly close: (reason: SocketClose.Close) => Effect.Effect<void>
    readonly forward: (message: RpcMessage.FromClientEncoded) => Effect.Effect<void>
  }
}

/** What a message may not say for itself: who sends it was settled when the socket was opened. */
const _settled: ReadonlySet<string> = new Set(["authorization", "cookie", "origin", "host", "x-request-id"])

/** From a decoded message to the server, if the message is well-formed and the client may send it now. */
const SocketIntake = {
  make: (options: SocketIntake.Options): ((message: unknown) => Effect.Effect<void>) => {
    const { calls, forward, refusals, refuse } = options
    const charged = _charging(options)

    const begin = (request: MessageEnvelope.Request) =>
      Effect.suspend(() =>
        Either.match(calls.begin(request), {
          onLeft: refuse,
          onRight: () =>
            forward({ ...request, payload: request.payload, headers: _headers(request, options) })
        })
      )

    const known = Match.type<MessageEnvelope.Known>().pipe(
      Match.tagsExhaustive({
        Request: (request) => charged(Option.some(request.id), begin(request)),
        // One that answers a chunk is free, and one that answers nothing goes nowhere.
        Ack: (ack) => (calls.acknowledge(ack.requestId) ? forward(ack) : charged(Option.none(), Effect.void)),
        Interrupt: (interrupt) =>
          charged(
            Option.none(),
            Effect.when(forward(interrupt), () => calls.isOpen(interrupt.requestId))
          ),
        Ping: (ping) => charged(Option.none(), forward(ping)),
        Eof: (eof) => charged(Option.none(), forward(eof))
      })
    )

    return (message) =>
      Either.match(MessageEnvelope.parse(message), {
        onLeft: ({ id, path, reason }) =>
          charged(id, refuse({ id, error: refusals.invalid({ path, reason }) })),
        onRight: known
      })
  }
} as const

const _charging =
  ({ budget, calls, close, refuse }: SocketIntake.Options) =>
  (id: Option.Option<string>, granted: Effect.Effect<unknown>): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.asVoid(
        {
          Granted: granted,
          Refused: Effect.suspend(() => refuse({ id, error: calls.slowDown(budget) })),
          Exhausted: close(SocketClose.flood)
        }[budget.take(now)]
      )
    )

const _headers = (
  { headers, id }: MessageEnvelope.Request,
  { headers: ofUpgrade, requestId }: SocketIntake.Options
): ReadonlyArray<[string, string]> => [
  ...ofUpgrade,
  ...headers
    .filter(([name]) => !_settled.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name, value]),
  ["x-request-id", requestId(id)]
]

export { SocketIntake }
