import { type Import } from "@tessera/shared/import/import"
import { Product } from "@tessera/shared/product/product"
import { Either, Schema } from "effect"
import { type ImportOrders } from "../import-orders.ts"
import { type ImportProducts } from "../import-products.ts"
import { ImportCell } from "./import-cell.ts"

const _Product = Schema.Struct({
  /** Null where the row is silent. */
  name: Schema.NullOr(Schema.String),
  priceMinor: Schema.Int,
  stock: Schema.NullOr(Schema.Int)
})
const _Order = Schema.Struct({
  sku: Product.Sku,
  name: Schema.String,
  quantity: Schema.Int,
  unitPriceMinor: Schema.Int,
  customer: Schema.NullOr(Schema.String),
  country: Schema.NullOr(Schema.String)
})

declare namespace StagedLine {
  type Product = typeof _Product.Type
  type Order = typeof _Order.Type
  /** Reads a field of the row that is looked at. */
  type Read = (field: string) => ImportCell.Cell
  /** The key collects the lines of one order, or of one product that the file repeats. */
  type Draft = { readonly key: string; readonly line: StagedLine.Product | StagedLine.Order }
}

/** On hand for a product whose file does not say. */
const _silentStock = 10_000

const _price = (read: StagedLine.Read, isAllowed: (price: number) => boolean, otherwise: string) =>
  ImportCell.number("price", read("price")).pipe(
    Either.filterOrLeft(isAllowed, () => otherwise),
    Either.flatMap((price) => ImportCell.minor("price", price))
  )

const _number = (cell: ImportCell.Cell): ImportCell.Checked<string> => {
  const number = ImportCell.text(cell).toUpperCase()
  return number === ""
    ? Either.left("invoice is missing")
    : /^\d{1,40}$/.test(number)
      ? Either.right(number)
      : Either.left(`invoice ${number.slice(0, 60)} is a credit note or lettered, not an order`)
}

const _stock = (cell: ImportCell.Cell): ImportCell.Checked<number | null> =>
  ImportCell.text(cell) === ""
    ? Either.right(null)
    : Either.flatMap(ImportCell.number("stock", cell), (stock) =>
        ImportCell.whole("stock", stock, { min: 0, max: 1_000_000_000, below: "must not be below 0" })
      )

type _Rule = (read: StagedLine.Read) => ImportCell.Checked<StagedLine.Draft>

const _product: _Rule = (read) => {
  const fields = {
    sku: ImportCell.sku(read("sku")),
    priceMinor: _price(read, (price) => price >= 0, "price must not be below 0"),
    stock: _stock(read("stock"))
  }
  return Either.all(fields).pipe(
    Either.mapBoth({
      onLeft: () => ImportCell.reasons(Object.values(fields)),
      onRight: ({ sku, priceMinor, stock }) => ({
        key: sku,
        line: { name: ImportCell.name(read("name")), priceMinor, stock }
      })
    })
  )
}

/** A thousand million of the currency; so the total of any order stays an exact number. */
const _largestLineMinor = 100_000_000_000

const _order: _Rule = (read) => {
  const fields = {
    number: _number(read("number")),
    sku: ImportCell.sku(read("sku")),
    quantity: Either.flatMap(ImportCell.number("quantity", read("quantity")), (quantity) =>
      ImportCell.whole("quantity", quantity, { min: 1, max: 100_000, below: "must be above 0" })
    ),
    unitPriceMinor: _price(read, (price) => price > 0, "price must be above 0")
  }
  return Either.all(fields).pipe(
    Either.mapBoth({
      onLeft: () => ImportCell.reasons(Object.values(fields)),
      onRight: ({ number, ...line }) => ({
        key: number,
        line: {
          ...line,
          name: ImportCell.name(read("name")) ?? line.sku,
          customer: ImportCell.reference(read("customer")),
          country: ImportCell.reference(read("country"))
        }
      })
    }),
    Either.filterOrLeft(
      ({ line }) => line.quantity * line.unitPriceMinor <= _largestLineMinor,
      () => "quantity times price is too large"
    )
  )
}

const _rules: Record<Import.Kind, _Rule> = { products: _product, orders: _order }

/** A row that passed: the rules by which rows are refused, and how lines with one key become one thing. */
const StagedLine = {
  Product: _Product,
  Order: _Order,
  silentStock: _silentStock,
  read: (kind: Import.Kind, read: StagedLine.Read): ImportCell.Checked<StagedLine.Draft> =>
    _rules[kind](read),
  /**
   * The last row wins, but silence does not: a blank name and a price of nothing (free gifts, adjustments)
   * leave what other rows of the product say.
   */
  product: (key: string, place: number, lines: ReadonlyArray<StagedLine.Product>): ImportProducts.Row => ({
    row: place,
    sku: Product.Sku.make(key),
    name: lines.findLast(({ name }) => name !== null)?.name ?? key,
    priceMinor: lines.findLast(({ priceMinor }) => priceMinor > 0)?.priceMinor ?? 0,
    initial: lines.findLast(({ stock }) => stock !== null)?.stock ?? _silentStock
  }),
  /**
   * Customer and country are those of the first line that names them; the order of the lines is the file's.
   */
  order: (key: string, lines: ReadonlyArray<StagedLine.Order>): ImportOrders.Draft => ({
    number: key,
    customerReference: lines.find(({ customer }) => customer !== null)?.customer ?? null,
    country: lines.find(({ country }) => country !== null)?.country ?? null,
    lines: lines.map(({ sku, name, quantity, unitPriceMinor }) => ({ sku, name, quantity, unitPriceMinor }))
  })
} as const

export { StagedLine }
