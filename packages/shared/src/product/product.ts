import { Schema } from "effect"
import { Money } from "../money.ts"
import { Page } from "../page.ts"
import { Problem } from "../problem.ts"

const _Id = Schema.UUID.pipe(Schema.brand("ProductId"))

/**
 * Stock-keeping unit, upper-cased and trimmed, so that `71053` and `85123a` from a file find their product.
 */
const _Sku = Schema.String.pipe(
  Schema.pattern(/^[A-Z0-9][A-Z0-9 ._/-]{0,39}$/),
  Schema.annotations({ message: () => "a code of up to 40 capital letters, digits, spaces and . _ / -" }),
  Schema.brand("Sku")
)

/** `available + reserved + sold = initial + restocked` holds at every moment. */
class _Stock extends Schema.Class<_Stock>("Product.Stock")({
  available: Schema.Int,
  reserved: Schema.Int,
  sold: Schema.Int
}) {}

class _Model extends Schema.Class<_Model>("Product")({
  id: _Id,
  sku: _Sku,
  name: Schema.NonEmptyTrimmedString,
  priceMinor: Money.AmountMinor,
  currency: Money.Currency,
  stock: _Stock
}) {}

class _Create extends Schema.Class<_Create>("Product.Create")({
  sku: _Sku,
  name: Schema.NonEmptyTrimmedString.pipe(Schema.maxLength(200)),
  priceMinor: Money.AmountMinor,
  /** Units on hand when the product enters the catalogue. */
  initial: Schema.Int.pipe(Schema.between(0, 1_000_000_000))
}) {}

class _Restock extends Schema.Class<_Restock>("Product.Restock")({
  quantity: Schema.Int.pipe(Schema.between(1, 1_000_000))
}) {}

class _NotFound extends Schema.TaggedError<_NotFound>()(
  "Product.NotFound",
  { ...Problem.fields("Product.NotFound", 404, "No such product"), id: Schema.String },
  Problem.annotations(404)
) {}

class _SkuTaken extends Schema.TaggedError<_SkuTaken>()(
  "Product.SkuTaken",
  { ...Problem.fields("Product.SkuTaken", 409, "Another product has this SKU"), sku: _Sku },
  Problem.annotations(409)
) {}

const Product = {
  Id: _Id,
  Sku: _Sku,
  Stock: _Stock,
  Model: _Model,
  Page: Page.of(_Model),
  Create: _Create,
  Restock: _Restock,
  NotFound: _NotFound,
  SkuTaken: _SkuTaken
} as const

declare namespace Product {
  type Id = typeof _Id.Type
  type Sku = typeof _Sku.Type
  type Stock = _Stock
  type Model = _Model
  type Page = typeof Product.Page.Type
  type Create = _Create
  type Restock = _Restock
  type NotFound = _NotFound
  type SkuTaken = _SkuTaken
}

export { Product }
