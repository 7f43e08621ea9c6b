import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _Id = Schema.UUID.pipe(Schema.brand("EventDeadLetterId"))
/** `queued`: somebody has sent it round again, and the subscriber has not had it yet. */
const _Status = Schema.Literal("dead", "queued")

const _Attempt = Schema.Struct({ at: Schema.DateTimeUtc, error: Schema.String })

/** An event that one subscriber could not handle and has left behind. */
class _Model extends Schema.Class<_Model>("EventDeadLetter")({
  id: _Id,
  subscriber: Schema.String,
  status: _Status,
  seq: Schema.Int,
  eventId: Schema.UUID,
  type: Schema.String,
  aggregateId: Schema.String,
  occurredAt: Schema.DateTimeUtc,
  /** As it is stored, whatever its version. */
  payload: Schema.Unknown,
  attempts: Schema.Int,
  /** Oldest first; the last 20 at most. */
  errors: Schema.Array(_Attempt),
  createdAt: Schema.DateTimeUtc
}) {}

class _ReplayRequest extends Schema.Class<_ReplayRequest>("EventDeadLetter.ReplayRequest")({
  subscriber: Schema.String
}) {}

class _Replayed extends Schema.Class<_Replayed>("EventDeadLetter.Replayed")({ count: Schema.Int }) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "EventDeadLetter.NotFound",
  { ...Problem.fields("EventDeadLetter.NotFound", 404, "No such dead letter"), id: Schema.String },
  Problem.annotations(404)
) {}

const EventDeadLetter = {
  Id: _Id,
  Status: _Status,
  Attempt: _Attempt,
  Model: _Model,
  Page: Page.of(_Model),
  ReplayRequest: _ReplayRequest,
  Replayed: _Replayed,
  NotFound: _NotFound
} as const

declare namespace EventDeadLetter {
  type Id = typeof _Id.Type
  type Status = typeof _Status.Type
  type Attempt = typeof _Attempt.Type
  type Model = _Model
  type Page = typeof EventDeadLetter.Page.Type
  type ReplayRequest = _ReplayRequest
  type Replayed = _Replayed
  type NotFound = _NotFound
}

export { EventDeadLetter }
