import { Schema } from "effect"
import { Problem } from "../problem.ts"

/** One process of the fleet, as the cluster page shows it. */
class _Model extends Schema.Class<_Model>("Replica")({
  id: Schema.String,
  address: Schema.String,
  healthy: Schema.Boolean,
  shards: Schema.Int,
  startedAt: Schema.DateTimeUtc,
  rssBytes: Schema.Int,
  /** True for the replica that answered this request. */
  self: Schema.Boolean
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Replica.NotFound",
  { ...Problem.fields("Replica.NotFound", 404, "No such replica"), id: Schema.String },
  Problem.annotations(404)
) {}

const Replica = { Model: _Model, NotFound: _NotFound } as const

declare namespace Replica {
  type Model = _Model
  type NotFound = _NotFound
}

export { Replica }
