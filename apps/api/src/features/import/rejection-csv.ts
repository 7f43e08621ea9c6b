import { type Import } from "@tessera/shared/import/import"

type _Cell = Import.Rejection["cells"][number]

/** A text that a spreadsheet would run as a formula, OWASP's list. */
const _formula = /^[=+\-@\t\r]/

/** Rejected rows as the person sent them, with a last column `reason`, safe to open in a spreadsheet. */
const RejectionCsv = {
  header: (columns: ReadonlyArray<string>): string => _line([...columns, "reason"]),
  line: ({ cells, reason }: Pick<Import.Rejection, "cells" | "reason">, columns: number): string =>
    _line([...Array.from({ length: columns }, (_, at) => cells[at] ?? null), reason])
} as const

const _line = (cells: ReadonlyArray<_Cell>): string => `${cells.map(_cell).join(",")}\r\n`

/** Numbers are what they are; only texts can be formulas. */
const _cell = (cell: _Cell): string =>
  typeof cell === "string" ? _quoted(_harmless(cell)) : String(cell ?? "")

const _harmless = (text: string): string => (_formula.test(text) ? `'${text}` : text)

const _quoted = (text: string): string =>
  /[",\r\n\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

export { RejectionCsv }
