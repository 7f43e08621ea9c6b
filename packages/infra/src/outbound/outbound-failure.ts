import { Schema } from "effect"

/**
 * Why a call left no usable answer. `circuit-open` and `refused-address` mean that nothing was sent; after
 * every other reason the far side may have acted.
 */
class OutboundFailure extends Schema.TaggedError<OutboundFailure>()("Outbound.Failure", {
  reason: Schema.Literal(
    "invalid-url",
    "refused-address",
    "connection",
    "timeout",
    "too-large",
    "unavailable",
    "circuit-open"
  ),
  message: Schema.String
}) {}

export { OutboundFailure }
