import { Option, Schema } from "effect"

const _Reason = Schema.Literal(
  /** As many jobs of the tenant wait in the queue as it takes; the submitter must come back later. */
  "Backlog"
)

declare namespace JobError {
  type Reason = typeof _Reason.Type
}

/** What a submit can be refused with; nothing was written. */
class JobError extends Schema.TaggedError<JobError>()("JobError", {
  reason: _Reason,
  queue: Schema.String,
  retryAfterSeconds: Schema.Number
}) {
  static readonly Reason = _Reason

  /** By tag, whatever it is: a submitter that can do nothing about it dies of it. */
  static readonly find = (thrown: unknown): Option.Option<JobError> => Option.liftPredicate(thrown, _isOurs)
}

const _isOurs = Schema.is(JobError)

export { JobError }
