import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _Id = Schema.UUID.pipe(Schema.brand("ImportId"))

const _Kind = Schema.Literal("products", "orders")

/**
 * `uploaded` → `previewing` → `ready` (waits for a person's commit) → `committing` → `completed`;
 * `failed` and `cancelled` end it from anywhere before that. With `autocommit` it does not wait.
 */
const _Status = Schema.Literal(
  "uploaded",
  "previewing",
  "ready",
  "committing",
  "completed",
  "failed",
  "cancelled"
)

/** Field of the product → column of the file; a field without a column takes its default. */
const _Mapping = Schema.Record({ key: Schema.String, value: Schema.String })

class _Counts extends Schema.Class<_Counts>("Import.Counts")({
  rows: Schema.Int,
  created: Schema.Int,
  updated: Schema.Int,
  skipped: Schema.Int,
  rejected: Schema.Int
}) {}

class _Model extends Schema.Class<_Model>("Import")({
  id: _Id,
  kind: _Kind,
  status: _Status,
  fileName: Schema.String,
  fileBytes: Schema.Int,
  autocommit: Schema.Boolean,
  columns: Schema.Array(Schema.String),
  mapping: _Mapping,
  /** What the preview expects, then what the commit did. */
  counts: _Counts,
  /** 0 to 100 of the running phase, by bytes read. */
  percent: Schema.Number,
  rowsPerSecond: Schema.Number,
  /** Seconds until the running phase ends; null while unknown. */
  etaSeconds: Schema.NullOr(Schema.Number),
  error: Schema.NullOr(Schema.String),
  createdAt: Schema.DateTimeUtc,
  finishedAt: Schema.NullOr(Schema.DateTimeUtc)
}) {}

class _Rejection extends Schema.Class<_Rejection>("Import.Rejection")({
  /** 1-based data row of the file, as a person counts below the header. */
  row: Schema.Int,
  reason: Schema.String,
  cells: Schema.Array(Schema.NullOr(Schema.Union(Schema.String, Schema.Number, Schema.Boolean)))
}) {}

class _Url extends Schema.Class<_Url>("Import.FromUrl")({
  url: Schema.String.pipe(Schema.pattern(/^https?:\/\//), Schema.maxLength(2000)),
  kind: _Kind,
  autocommit: Schema.optional(Schema.Boolean)
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Import.NotFound",
  { ...Problem.fields("Import.NotFound", 404, "No such import"), id: Schema.String },
  Problem.annotations(404)
) {}

class _Unreadable extends Schema.TaggedError<_Unreadable>()(
  "Import.Unreadable",
  Problem.fields("Import.Unreadable", 422, "The upload is not a file that can be imported"),
  Problem.annotations(422)
) {}

class _WrongState extends Schema.TaggedError<_WrongState>()(
  "Import.WrongState",
  { ...Problem.fields("Import.WrongState", 409, "The import is not in a state for this"), status: _Status },
  Problem.annotations(409)
) {}

const Import = {
  Id: _Id,
  Kind: _Kind,
  Status: _Status,
  Mapping: _Mapping,
  Counts: _Counts,
  Model: _Model,
  Page: Page.of(_Model),
  Rejection: _Rejection,
  RejectionPage: Page.of(_Rejection),
  FromUrl: _Url,
  NotFound: _NotFound,
  Unreadable: _Unreadable,
  WrongState: _WrongState,
  isFinal: (status: Import.Status): boolean =>
    status === "completed" || status === "failed" || status === "cancelled"
} as const

declare namespace Import {
  type Id = typeof _Id.Type
  type Kind = typeof _Kind.Type
  type Status = typeof _Status.Type
  type Mapping = typeof _Mapping.Type
  type Counts = _Counts
  type Model = _Model
  type Page = typeof Import.Page.Type
  type Rejection = _Rejection
  type RejectionPage = typeof Import.RejectionPage.Type
  type FromUrl = _Url
  type NotFound = _NotFound
  type Unreadable = _Unreadable
  type WrongState = _WrongState
}

export { Import }
