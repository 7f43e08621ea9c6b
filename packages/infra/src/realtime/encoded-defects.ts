import { type RpcMessage } from "@effect/rpc"
import { Match, type Schema } from "effect"

type _Cause = Schema.CauseEncoded<unknown, unknown>

/** The defects in an answer that is about to leave; a client learns none of them. */
const EncodedDefects = {
  of: (response: RpcMessage.FromServerEncoded): ReadonlyArray<unknown> =>
    Match.value(response).pipe(
      Match.discriminatorsExhaustive("_tag")({
        Chunk: () => [],
        Pong: () => [],
        ClientProtocolError: () => [],
        Exit: ({ exit }) => (exit._tag === "Failure" ? _defects(exit.cause) : []),
        Defect: ({ defect }) => [defect]
      })
    )
} as const

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

export { EncodedDefects }
