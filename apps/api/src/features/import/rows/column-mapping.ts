import { type Import } from "@tessera/shared/import/import"
import { Array as Arr, Option, Order } from "effect"
import { ImportFields } from "./import-fields.ts"

declare namespace ColumnMapping {
  type Remembered = { readonly columns: ReadonlyArray<string>; readonly mapping: Import.Mapping }
}

type _Pair = {
  readonly field: string
  readonly column: string
  readonly position: number
  readonly score: number
}

/** Below this two names are strangers: `InvoiceDate` must not become the `InvoiceNo`. */
const _threshold = 0.75
const _wordScore = 0.8

const _byScore = Order.reverse(Order.mapInput(Order.number, ({ score }: _Pair) => score))
const _byPosition = Order.mapInput(Order.number, ({ position }: _Pair) => position)

/** Which column of a file fills which field: guessed from the header, or as a person said. */
const ColumnMapping = {
  /** Best pairs first; a column fills one field at most. */
  guess: (kind: Import.Kind, columns: ReadonlyArray<string>): Import.Mapping => {
    const pairs = ImportFields.of(kind).flatMap(({ name, known }) =>
      columns.map((column, position) => ({
        field: name,
        column,
        position,
        score: Math.max(...known.map((synonym) => _similarity(column, synonym)))
      }))
    )
    return Object.fromEntries(_assigned(pairs.filter(({ score }) => score >= _threshold)))
  },
  /** What is left of a wish: fields that exist. With the columns known, columns that exist. */
  restrict: (
    kind: Import.Kind,
    mapping: Import.Mapping,
    columns: Option.Option<ReadonlyArray<string>>
  ): Import.Mapping =>
    Object.fromEntries(
      Object.entries(mapping).filter(
        ([field, column]) =>
          ImportFields.of(kind).some(({ name }) => name === field) &&
          Option.match(columns, { onNone: () => true, onSome: (known) => known.includes(column) })
      )
    ),
  /**
   * What was used last, to the letter where the file has the same columns: a field that a person left out
   * stays out. For other columns what still fits goes before a guess.
   */
  choose: (
    kind: Import.Kind,
    columns: ReadonlyArray<string>,
    remembered: Option.Option<ColumnMapping.Remembered>
  ): Import.Mapping =>
    Option.match(remembered, {
      onNone: () => ColumnMapping.guess(kind, columns),
      onSome: ({ columns: before, mapping }) =>
        before.join("\n") === columns.join("\n") ? mapping : _supplemented(kind, columns, mapping)
    }),
  /** Reads a field of a row by the mapping; null where it has no column. */
  reader: (mapping: Import.Mapping, columns: ReadonlyArray<string>) => {
    const positions = new Map(
      Object.entries(mapping).map(([field, column]) => [field, columns.indexOf(column)])
    )
    return <Cell>(cells: ReadonlyArray<Cell>, field: string): Cell | null =>
      cells[positions.get(field) ?? -1] ?? null
  }
} as const

const _assigned = (pairs: ReadonlyArray<_Pair>): ReadonlyArray<readonly [string, string]> =>
  Option.match(Arr.head(Arr.sortBy(_byScore, _byPosition)(pairs)), {
    onNone: () => [],
    onSome: ({ field, column }) => [
      [field, column] as const,
      ..._assigned(pairs.filter((other) => other.field !== field && other.column !== column))
    ]
  })

const _supplemented = (
  kind: Import.Kind,
  columns: ReadonlyArray<string>,
  mapping: Import.Mapping
): Import.Mapping => {
  const kept = ColumnMapping.restrict(kind, mapping, Option.some(columns))
  const free = columns.filter((column) => !Object.values(kept).includes(column))
  return { ...ColumnMapping.guess(kind, free), ...kept }
}

const _words = (name: string): ReadonlyArray<string> =>
  name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")

const _similarity = (column: string, synonym: string): number => {
  const words = _words(column)
  const joined = words.join("")
  return joined === synonym
    ? 1
    : words.some((word) => word === "date" || word === "time")
      ? 0
      : Math.max(words.includes(synonym) ? _wordScore : 0, _dice(joined, synonym))
}

const _bigrams = (text: string): ReadonlyArray<string> =>
  Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2))

/** Sørensen–Dice over pairs of letters, just below 1 so that an exact name wins. */
const _dice = (one: string, other: string): number => {
  const [mine, theirs] = [_bigrams(one), _bigrams(other)]
  const shared = mine.filter((pair) => theirs.includes(pair)).length
  return Math.min(0.99, (2 * shared) / Math.max(1, mine.length + theirs.length))
}

export { ColumnMapping }
