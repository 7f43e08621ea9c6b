import { type RpcMessage, type RpcServer } from "@effect/rpc"
import { Effect, Match, type Schema } from "effect"

type _Cause = Schema.CauseEncoded<unknown, unknown>
type _Response = RpcMessage.FromServerEncoded
type _Exit = RpcMessage.ResponseExitEncoded

const _bare = { name: "Error", message: "Something went wrong on our side" } as const

/**
 * What a defect shows to the other end of a WebSocket: nothing. A text stays, because the protocol itself
 * writes those, to say that a message was malformed; an error object is one of ours and goes to the log
 * instead.
 */
const RpcDefect = {
  hidden: (protocol: RpcServer.Protocol["Type"]): RpcServer.Protocol["Type"] => ({
    ...protocol,
    send: (clientId, response, transferables) =>
      Effect.zipRight(
        Effect.forEach(_inner(response), (defect) => Effect.logError("a message ended in a defect", defect), {
          discard: true
        }),
        protocol.send(clientId, _outer(response), transferables)
      )
  })
} as const

const _isInner = (defect: unknown): boolean => typeof defect !== "string"
const _shown = (defect: unknown): unknown => (_isInner(defect) ? _bare : defect)

const _defects = (cause: _Cause): ReadonlyArray<unknown> =>
  Match.value(cause).pipe(
    Match.discriminatorsExhaustive("_tag")({
      Empty: () => [],
      Fail: () => [],
      Interrupt: () => [],
      Die: ({ defect }) => [defect],
      Sequential: ({ left, right }) => [..._defects(left), ..._defects(right)],
      Parallel: ({ left, right }) => [..._defects(left), ..._defects(right)]
    })
  )

const _bareCause = (cause: _Cause): _Cause =>
  Match.value(cause).pipe(
    Match.discriminatorsExhaustive("_tag")({
      Empty: (same): _Cause => same,
      Fail: (same) => same,
      Interrupt: (same) => same,
      Die: ({ _tag, defect }) => ({ _tag, defect: _shown(defect) }),
      Sequential: ({ _tag, left, right }) => ({ _tag, left: _bareCause(left), right: _bareCause(right) }),
      Parallel: ({ _tag, left, right }) => ({ _tag, left: _bareCause(left), right: _bareCause(right) })
    })
  )

const _ofExit = ({ exit }: _Exit): ReadonlyArray<unknown> =>
  exit._tag === "Failure" ? _defects(exit.cause) : []

const _bareExit = (response: _Exit): _Exit =>
  response.exit._tag === "Failure"
    ? { ...response, exit: { _tag: "Failure", cause: _bareCause(response.exit.cause) } }
    : response

const _inner = (response: _Response): ReadonlyArray<unknown> =>
  Match.value(response)
    .pipe(
      Match.discriminatorsExhaustive("_tag")({
        Chunk: () => [],
        Pong: () => [],
        ClientProtocolError: () => [],
        Exit: _ofExit,
        Defect: ({ defect }) => [defect]
      })
    )
    .filter(_isInner)

const _outer = (response: _Response): _Response =>
  Match.value(response).pipe(
    Match.discriminatorsExhaustive("_tag")({
      Chunk: (same): _Response => same,
      Pong: (same) => same,
      ClientProtocolError: (same) => same,
      Exit: _bareExit,
      Defect: ({ _tag, defect }) => ({ _tag, defect: _shown(defect) })
    })
  )

export { RpcDefect }
