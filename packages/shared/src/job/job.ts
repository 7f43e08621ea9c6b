import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _Id = Schema.UUID.pipe(Schema.brand("JobId"))
const _Status = Schema.Literal("queued", "running", "succeeded", "dead", "cancelled")

/** One piece of background work as its row shows it; the row is the truth. */
class _Model extends Schema.Class<_Model>("Job")({
  id: _Id,
  queue: Schema.String,
  name: Schema.String,
  status: _Status,
  attempts: Schema.Int,
  maxAttempts: Schema.Int,
  lastError: Schema.NullOr(Schema.String),
  nextDueAt: Schema.NullOr(Schema.DateTimeUtc),
  createdAt: Schema.DateTimeUtc,
  finishedAt: Schema.NullOr(Schema.DateTimeUtc)
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Job.NotFound",
  { ...Problem.fields("Job.NotFound", 404, "No such job"), id: Schema.String },
  Problem.annotations(404)
) {}

class _NotDead extends Schema.TaggedError<_NotDead>()(
  "Job.NotDead",
  { ...Problem.fields("Job.NotDead", 409, "Only a dead job can be replayed"), status: _Status },
  Problem.annotations(409)
) {}

const Job = {
  Id: _Id,
  Status: _Status,
  Model: _Model,
  Page: Page.of(_Model),
  NotFound: _NotFound,
  NotDead: _NotDead
} as const

declare namespace Job {
  type Id = typeof _Id.Type
  type Status = typeof _Status.Type
  type Model = _Model
  type Page = typeof Job.Page.Type
  type NotFound = _NotFound
  type NotDead = _NotDead
}

export { Job }
