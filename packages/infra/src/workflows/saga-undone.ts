import { Schema } from "effect"

/** How a saga ends that did not reach its end: everything it had done is undone. */
class SagaUndone extends Schema.TaggedError<SagaUndone>()("Saga.Undone", { reason: Schema.String }) {}

export { SagaUndone }
