import { Schema } from "effect"
import { Problem } from "../problem.ts"

const _Phase = Schema.Literal("booting", "serving", "draining")

/** One process of the fleet, as it last reported itself. */
class _Model extends Schema.Class<_Model>("Replica")({
  id: Schema.String,
  /** `host:port` of its runner. */
  address: Schema.String,
  version: Schema.String,
  phase: _Phase,
  /** It has reported within the last 5 s, which is two reports and a half. */
  reporting: Schema.Boolean,
  /** Reporting, and its runner answers the other runners. */
  healthy: Schema.Boolean,
  /** How many shards it owns; none once it has stopped reporting. */
  shards: Schema.Int,
  /** Which shards it said it owns; of a silent replica these are the ones that it left behind. */
  shardIds: Schema.Array(Schema.Int),
  /** Entities that are in its memory now. */
  entities: Schema.Int,
  /** Jobs that it runs now; every step of a saga runs inside a job. */
  jobsRunning: Schema.Int,
  rssBytes: Schema.Int,
  heapBytes: Schema.Int,
  /** Delay of the event loop in the 2 s before its last report. */
  lagP50Millis: Schema.Number,
  lagP99Millis: Schema.Number,
  /** Resident memory in MB, one value each 2 s, the oldest first, at most 60. */
  memoryTrend: Schema.Array(Schema.Int),
  /** `lagP99Millis` at the same moments as `memoryTrend`. */
  lagTrend: Schema.Array(Schema.Number),
  startedAt: Schema.DateTimeUtc,
  seenAt: Schema.DateTimeUtc,
  /** True for the replica that answered this request. */
  self: Schema.Boolean
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Replica.NotFound",
  { ...Problem.fields("Replica.NotFound", 404, "No such replica"), id: Schema.String },
  Problem.annotations(404)
) {}

const Replica = { Phase: _Phase, Model: _Model, NotFound: _NotFound } as const

declare namespace Replica {
  type Phase = typeof _Phase.Type
  type Model = _Model
  type NotFound = _NotFound
}

export { Replica }
