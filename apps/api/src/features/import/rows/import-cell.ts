import { type Import } from "@tessera/shared/import/import"
import { Product } from "@tessera/shared/product/product"
import { Either, Schema } from "effect"

declare namespace ImportCell {
  type Cell = Import.Rejection["cells"][number]
  /** The value, or why it is none, as a person reads it. */
  type Checked<A> = Either.Either<A, string>
}

/** Cents of the largest price; sums of thousands of lines stay exact integers. */
const _maxMinor = 1_000_000_000_000
const _grouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/
const _comma = /^[+-]?\d+,\d+$/
const _plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

const _isSku = Schema.is(Product.Sku)

/** Cells as they are in files, made into values; every refusal is a sentence that names the field. */
const ImportCell = {
  /** Without what PostgreSQL's JSON cannot hold: NUL and halves of characters. */
  clean: (cell: ImportCell.Cell): ImportCell.Cell => (typeof cell === "string" ? _storable(cell) : cell),
  /** Trimmed, empty for nothing; a number without decimals is its digits. */
  text: (cell: ImportCell.Cell): string => _storable(String(cell ?? "")).trim(),
  /** `1,234.50`, `2,55` and `2.55`; with a currency sign before it or not. */
  number: (field: string, cell: ImportCell.Cell): ImportCell.Checked<number> => {
    const text = ImportCell.text(cell).replace(/^[€$£]\s*/, "")
    const plain = _grouped.test(text)
      ? text.replaceAll(",", "")
      : _comma.test(text)
        ? text.replace(",", ".")
        : text
    return text === ""
      ? Either.left(`${field} is missing`)
      : _plain.test(plain)
        ? Either.right(Number(plain))
        : Either.left(`${field} is not a number`)
  },
  /** Minor units, rounded half up on what the decimal says and not on its binary neighbour. */
  minor: (field: string, price: number): ImportCell.Checked<number> => {
    const minor = Math.round(Number((price * 100).toPrecision(15)))
    return minor > _maxMinor ? Either.left(`${field} is too large`) : Either.right(minor)
  },
  whole: (
    field: string,
    value: number,
    { min, max, below }: { readonly min: number; readonly max: number; readonly below: string }
  ): ImportCell.Checked<number> =>
    !Number.isInteger(value)
      ? Either.left(`${field} must be a whole number`)
      : value < min
        ? Either.left(`${field} ${below}`)
        : value > max
          ? Either.left(`${field} must be at most ${max}`)
          : Either.right(value),
  sku: (cell: ImportCell.Cell): ImportCell.Checked<Product.Sku> => {
    const sku = ImportCell.text(cell).toUpperCase()
    return sku === ""
      ? Either.left("sku is missing")
      : _isSku(sku)
        ? Either.right(sku)
        : Either.left(`sku must be a code of up to 40 capital letters, digits, spaces and . _ / -`)
  },
  /** Null where there is nothing to read; cut to its first 200 characters. */
  name: (cell: ImportCell.Cell): string | null => _cut(ImportCell.text(cell), 200),
  reference: (cell: ImportCell.Cell): string | null => _cut(ImportCell.text(cell), 100),
  /** Of several checks, what a person is told: all that is wrong and not only the first. */
  reasons: (checks: ReadonlyArray<ImportCell.Checked<unknown>>): string =>
    checks
      .flatMap((check) => Either.match(check, { onLeft: (reason) => [reason], onRight: () => [] }))
      .join("; ")
} as const

const _storable = (text: string): string => text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "")

const _cut = (text: string, length: number): string | null => {
  const cut = text
    .slice(0, length)
    .replace(/\p{Surrogate}/gu, "")
    .trim()
  return cut === "" ? null : cut
}

export { ImportCell }
