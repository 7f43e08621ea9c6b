import { type RpcMessage } from "@effect/rpc"
import { Effect, Either, Option } from "effect"
import { EncodedDefects } from "./encoded-defects.ts"
import { FrameCodec } from "./frame-codec.ts"
import { type LiveSocket } from "./live-socket.ts"
import { SocketBudget } from "./socket-budget.ts"
import { SocketCalls } from "./socket-calls.ts"
import { type SocketClose } from "./socket-close.ts"
import { SocketIntake } from "./socket-intake.ts"

declare namespace SocketVisit {
  type Options = SocketCalls.Options & { readonly kind: FrameCodec.Kind }
  type Visitor = {
    readonly socket: LiveSocket.Shape
    /** Of the upgrade. */
    readonly headers: ReadonlyArray<[string, string]>
    readonly requestId: string
  }
  type Shape = {
    /** From the client to the server behind `forward`. */
    readonly take: (frame: FrameCodec.Frame) => Effect.Effect<void>
    /** From the server to the client. */
    readonly answer: (response: RpcMessage.FromServerEncoded) => Effect.Effect<void>
  }
}

/**
 * One socket between its client and Effect's RPC server. Whatever the client sends is charged and judged here
 * first: the server takes every message for well-formed, echoes what does not decode, and counts nothing.
 */
const SocketVisit = {
  make: (
    options: SocketVisit.Options,
    { headers, requestId: ofSocket, socket }: SocketVisit.Visitor,
    forward: (message: RpcMessage.FromClientEncoded) => Effect.Effect<void>
  ): SocketVisit.Shape => {
    const { kind, limits, refusals } = options
    const parser = FrameCodec.parsers[kind](limits)
    const calls = new SocketCalls(options)
    // Each call of a socket has an id of its own, so that a log line leads to one call.
    const requestId = (id: string) => `${ofSocket}.${id}`

    const write = (response: RpcMessage.FromServerEncoded) =>
      Effect.sync(() => socket.send(parser.encode(response)))
    const send = (response: RpcMessage.FromServerEncoded) =>
      Effect.zipRight(
        Effect.sync(() => calls.note(response)),
        write(response)
      )
    const close = (reason: SocketClose.Close) => Effect.sync(() => socket.close(reason))
    const intake = SocketIntake.make({
      budget: new SocketBudget(limits),
      calls,
      headers,
      requestId,
      refusals,
      // A number that is in use names another call: this refusal must not end that one.
      refuse: ({ error, id }) =>
        write(
          _refusal(
            Option.filter(id, (call) => !calls.isOpen(call)),
            error
          )
        ),
      close,
      forward
    })

    const hidden = (response: RpcMessage.FromServerEncoded, defects: ReadonlyArray<unknown>) => {
      const call = _callOf(response)
      const known = Option.match(call, { onNone: () => ofSocket, onSome: requestId })
      return Effect.forEach(defects, (defect) => Effect.logError("a message ended in a defect", defect)).pipe(
        Effect.annotateLogs("requestId", known),
        Effect.zipRight(send(_refusal(call, refusals.internal({ requestId: known }))))
      )
    }

    return {
      answer: (response) =>
        Effect.suspend(() => {
          const defects = EncodedDefects.of(response)
          return defects.length === 0 ? send(response) : hidden(response, defects)
        }),
      take: (frame) =>
        Effect.suspend(() =>
          Either.match(parser.decode(frame), {
            onLeft: close,
            onRight: (messages) =>
              Effect.forEach(messages, (message) => Effect.when(intake(message), socket.isOpen), {
                discard: true
              })
          })
        )
    }
  }
} as const

/** Without a call it is said to the whole socket. */
const _refusal = (id: Option.Option<string>, error: unknown): RpcMessage.FromServerEncoded =>
  Option.match(id, {
    onNone: () => ({ _tag: "Defect", defect: error }),
    onSome: (requestId) => ({
      _tag: "Exit",
      requestId,
      exit: { _tag: "Failure", cause: { _tag: "Fail", error } }
    })
  })

const _callOf = (response: RpcMessage.FromServerEncoded): Option.Option<string> =>
  "requestId" in response ? Option.some(response.requestId) : Option.none()

export { SocketVisit }
