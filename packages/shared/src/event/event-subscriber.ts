import { Schema } from "effect"
import { Problem } from "../problem.ts"

const _ReplayId = Schema.UUID.pipe(Schema.brand("EventReplayId"))
const _ReplayStatus = Schema.Literal("running", "done", "stopped")
const _mostPerSecond = 1000

class _Replay extends Schema.Class<_Replay>("EventSubscriber.Replay")({
  id: _ReplayId,
  status: _ReplayStatus,
  /** It began after this number; the last one that it looks at is `until`, the head when it was asked for. */
  after: Schema.Int,
  /** The last number that it has looked at. */
  position: Schema.Int,
  until: Schema.Int,
  /** Null for all types. */
  types: Schema.NullOr(Schema.Array(Schema.String)),
  perSecond: Schema.Int,
  /** Events that the subscriber was given. */
  handled: Schema.Int,
  /** Of the event that comes next. */
  failures: Schema.Int,
  lastError: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtc,
  finishedAt: Schema.NullOr(Schema.DateTimeUtc)
}) {}

/** One durable reader of the tenant's log. */
class _Model extends Schema.Class<_Model>("EventSubscriber")({
  name: Schema.String,
  paused: Schema.Boolean,
  /** The last number that it has handled, or given up. */
  cursor: Schema.Int,
  /** The last number of the log. */
  head: Schema.Int,
  /** Events between the two. */
  lag: Schema.Int,
  /** How long the oldest of them has waited; 0 where there is none. */
  lagSeconds: Schema.Number,
  /** Failed attempts on the event that comes next. */
  failures: Schema.Int,
  lastError: Schema.NullOr(Schema.String),
  /** Null unless it waits after a failure. */
  nextAttemptAt: Schema.NullOr(Schema.DateTimeUtc),
  /** Events that it has given up and that somebody has to look at. */
  deadLetters: Schema.Int,
  /** The running replay or else the last one; null where there was none. */
  replay: Schema.NullOr(_Replay)
}) {}

/** Which part of the log a subscriber gets once more. */
class _ReplayRequest extends Schema.Class<_ReplayRequest>("EventSubscriber.ReplayRequest")({
  subscriber: Schema.String,
  /** Either a number or a time; events of exactly that time are replayed. */
  from: Schema.Union(
    Schema.Struct({ after: Schema.Int.pipe(Schema.nonNegative()) }),
    Schema.Struct({ since: Schema.DateTimeUtc })
  ),
  /** All types when absent. */
  types: Schema.optional(Schema.NonEmptyArray(Schema.String).pipe(Schema.maxItems(50))),
  /** Events a second at most, 1 to 1,000. Defaults to 100. */
  perSecond: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, _mostPerSecond)), {
    default: () => 100
  })
}) {}

class _Place extends Schema.Class<_Place>("EventSubscriber.Place")({ subscriber: Schema.String }) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "EventSubscriber.NotFound",
  {
    ...Problem.fields("EventSubscriber.NotFound", 404, "No such subscriber"),
    subscriber: Schema.String
  },
  Problem.annotations(404)
) {}

class _ReplayRunning extends Schema.TaggedError<_ReplayRunning>()(
  "EventSubscriber.ReplayRunning",
  {
    ...Problem.fields("EventSubscriber.ReplayRunning", 409, "The subscriber is being replayed already"),
    subscriber: Schema.String
  },
  Problem.annotations(409)
) {}

class _NoReplay extends Schema.TaggedError<_NoReplay>()(
  "EventSubscriber.NoReplay",
  {
    ...Problem.fields("EventSubscriber.NoReplay", 409, "No replay of the subscriber is running"),
    subscriber: Schema.String
  },
  Problem.annotations(409)
) {}

const EventSubscriber = {
  Replay: _Replay,
  ReplayStatus: _ReplayStatus,
  Model: _Model,
  ReplayRequest: _ReplayRequest,
  Place: _Place,
  NotFound: _NotFound,
  ReplayRunning: _ReplayRunning,
  NoReplay: _NoReplay
} as const

declare namespace EventSubscriber {
  type Replay = _Replay
  type ReplayStatus = typeof _ReplayStatus.Type
  type Model = _Model
  type ReplayRequest = _ReplayRequest
  type Place = _Place
  type NotFound = _NotFound
  type ReplayRunning = _ReplayRunning
  type NoReplay = _NoReplay
}

export { EventSubscriber }
