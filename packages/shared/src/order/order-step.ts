import { Schema } from "effect"

/** One attempt of one saga step, forwards or backwards, as the timeline shows it. */
class OrderStep extends Schema.Class<OrderStep>("Order.Step")({
  name: Schema.String,
  /** The one that took it, from 1. */
  run: Schema.optionalWith(Schema.Int, { default: () => 1 }),
  direction: Schema.Literal("forward", "compensate"),
  attempt: Schema.Int,
  replica: Schema.String,
  outcome: Schema.Literal("running", "succeeded", "failed"),
  startedAt: Schema.DateTimeUtc,
  endedAt: Schema.NullOr(Schema.DateTimeUtc),
  /** The refusal, in words; null when the step succeeded. */
  error: Schema.NullOr(Schema.String)
}) {}

export { OrderStep }
