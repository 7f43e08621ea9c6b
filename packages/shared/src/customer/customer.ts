import { Schema } from "effect"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _Id = Schema.UUID.pipe(Schema.brand("CustomerId"))

class _Model extends Schema.Class<_Model>("Customer")({
  id: _Id,
  /** The tenant's own key for this customer (a number in most spreadsheets). */
  reference: Schema.NonEmptyTrimmedString,
  name: Schema.NonEmptyTrimmedString,
  country: Schema.NullOr(Schema.String),
  orderCount: Schema.Int
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Customer.NotFound",
  { ...Problem.fields("Customer.NotFound", 404, "No such customer"), id: Schema.String },
  Problem.annotations(404)
) {}

const Customer = { Id: _Id, Model: _Model, Page: Page.of(_Model), NotFound: _NotFound } as const

declare namespace Customer {
  type Id = typeof _Id.Type
  type Model = _Model
  type Page = typeof Customer.Page.Type
  type NotFound = _NotFound
}

export { Customer }
