import { Schema } from "effect"

/**
 * A step says no: the saga undoes what was done. `uncertain` when the step may have had its effect all the
 * same.
 */
class SagaRefused extends Schema.TaggedError<SagaRefused>()("Saga.Refused", {
  reason: Schema.String,
  uncertain: Schema.Boolean
}) {}

export { SagaRefused }
