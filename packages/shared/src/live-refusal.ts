import { RpcMiddleware } from "@effect/rpc"
import { Schema } from "effect"
import { Problem } from "./problem.ts"

class _InvalidRequest extends Schema.TaggedError<_InvalidRequest>()(
  "Live.InvalidRequest",
  {
    ...Problem.fields("Live.InvalidRequest", 400, "The message is not valid"),
    /** Members from the outside in, with dots between them; at most 64 characters. */
    path: Schema.String,
    reason: Schema.String
  },
  Problem.annotations(400)
) {}

class _TooManyRequests extends Schema.TaggedError<_TooManyRequests>()(
  "Live.TooManyRequests",
  {
    ...Problem.fields("Live.TooManyRequests", 429, "Too many messages at once"),
    retryAfterMillis: Schema.NonNegativeInt
  },
  Problem.annotations(429)
) {}

class _LimitExceeded extends Schema.TaggedError<_LimitExceeded>()(
  "Live.LimitExceeded",
  {
    ...Problem.fields("Live.LimitExceeded", 429, "This socket has as many of these as it may"),
    limit: Schema.Literal("calls", "streams"),
    most: Schema.NonNegativeInt
  },
  Problem.annotations(429)
) {}

class _InternalError extends Schema.TaggedError<_InternalError>()(
  "Live.InternalError",
  {
    ...Problem.fields("Live.InternalError", 500, "Something went wrong on our side"),
    /** To quote when it is reported: the log knows the cause under it. */
    requestId: Schema.String
  },
  Problem.annotations(500)
) {}

const _Any = Schema.Union(_InvalidRequest, _TooManyRequests, _LimitExceeded, _InternalError)

/** Does nothing but put the refusals into the contract of every message, so that clients decode them. */
class _Guard extends RpcMiddleware.Tag<_Guard>()("Live.Guard", { failure: _Any }) {}

/** What any message of `Live` can be answered with before or instead of its handler's own answer. */
const LiveRefusal = {
  InvalidRequest: _InvalidRequest,
  TooManyRequests: _TooManyRequests,
  LimitExceeded: _LimitExceeded,
  InternalError: _InternalError,
  Any: _Any,
  Guard: _Guard
} as const

declare namespace LiveRefusal {
  type Any = typeof _Any.Type
}

export { LiveRefusal }
