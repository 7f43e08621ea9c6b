import { Array as Arr, Schema } from "effect"
import { OrderSearch } from "./order-search.ts"

const _Model = Schema.Struct({
  name: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(40)),
  filters: OrderSearch.Filters
})
const _Stored = Schema.parseJson(Schema.Array(_Model))

const _builtIn: ReadonlyArray<OrderView.Model> = [
  { name: "All", filters: {} },
  { name: "Awaiting approval", filters: { approval: "pending" } },
  { name: "In progress", filters: { status: "open" } },
  { name: "Cancelled", filters: { status: "cancelled" } }
]

const _decode = Schema.decodeUnknownOption(_Stored)

/** A set of filters with a name: some are built in, others a person has saved in this browser. */
const OrderView = {
  builtIn: _builtIn,
  /** What somebody else has written there is no view, and nobody gets an error page for it. */
  read: (text: string | undefined): ReadonlyArray<OrderView.Model> =>
    Arr.flatten([..._decode(text).pipe(Arr.fromOption)]),
  write: Schema.encodeSync(_Stored),
  isFree: (name: string, own: ReadonlyArray<OrderView.Model>): boolean =>
    [..._builtIn, ...own].every((view) => view.name.toLowerCase() !== name.trim().toLowerCase())
} as const

declare namespace OrderView {
  type Model = typeof _Model.Type
}

export { OrderView }
