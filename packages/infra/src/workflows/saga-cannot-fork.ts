import { Schema } from "effect"

/** What stands before the step is not what its run could build on. `step` is the one that was asked for. */
class SagaCannotFork extends Schema.TaggedError<SagaCannotFork>()("Saga.CannotFork", {
  step: Schema.String,
  /** In words, for an operator. */
  reason: Schema.String
}) {}

export { SagaCannotFork }
