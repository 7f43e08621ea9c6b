import { Option, Record } from "effect"

declare namespace ReceiverPlan {
  type Shape = {
    /** So many deliveries are still answered 500, then `status` follows. */
    readonly failuresLeft: number
    readonly status: number
    readonly holdMillis: number
  }
  type Turn = { readonly status: number; readonly holdMillis: number }
}

const _ok: ReceiverPlan.Shape = { failuresLeft: 0, status: 204, holdMillis: 0 }

const _fixed: Record<string, ReceiverPlan.Shape> = {
  ok: _ok,
  error500: { ..._ok, status: 500 },
  slow: { ..._ok, holdMillis: 3_000 },
  timeout: { ..._ok, holdMillis: 60_000 },
  gone: { ..._ok, status: 410 }
}

/** How a path answers correctly signed deliveries, from a mode: a fixed name or `failTimes:<0 to 9999>`. */
const ReceiverPlan = {
  ok: _ok,
  parse: (mode: string): Option.Option<ReceiverPlan.Shape> =>
    Option.orElse(Record.get(_fixed, mode), () =>
      Option.fromNullable(/^failTimes:(\d{1,4})$/.exec(mode)).pipe(
        Option.map(([, times]) => ({ ..._ok, failuresLeft: Number(times) }))
      )
    ),
  /** The answer to one delivery and the plan for the next. */
  next: (plan: ReceiverPlan.Shape): readonly [ReceiverPlan.Turn, ReceiverPlan.Shape] => [
    { status: plan.failuresLeft > 0 ? 500 : plan.status, holdMillis: plan.holdMillis },
    { ...plan, failuresLeft: Math.max(0, plan.failuresLeft - 1) }
  ]
} as const

export { ReceiverPlan }
