import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"
import { XlsxCell } from "./xlsx-cell.ts"
import { XmlScanner } from "./xml-scanner.ts"

declare namespace XlsxSheet {
  type Context = {
    readonly sharedStrings: ReadonlyArray<string>
    /** By style index: is the cell's number a date? */
    readonly dateStyles: ReadonlyArray<boolean>
    readonly date1904: boolean
    readonly limits: Pick<RowSource.Limits, "columns" | "rowBytes">
  }
}

/**
 * Turns the XML of a worksheet, fed piece by piece, into rows. Cells and rows may come without their
 * reference.
 */
class XlsxSheet {
  private readonly context: XlsxSheet.Context
  private readonly scanner: XmlScanner
  private rows: Array<RowSource.Row> = []
  private cells: Array<RowSource.Cell> = []
  private error: ParseError | undefined
  private bytesRead = 0
  private rowIndex = 0
  private column = -1
  private kind = "n"
  private style = 0
  private raw = ""
  private rowText = 0
  private collecting = false
  private phonetic = false

  constructor(context: XlsxSheet.Context) {
    this.context = context
    this.scanner = new XmlScanner({
      open: {
        row: (attributes) => this.openRow(attributes.r),
        c: (attributes) => this.openCell(attributes),
        v: () => this.collect(),
        t: () => this.collect(),
        rPh: () => {
          this.phonetic = true
        }
      },
      text: (text) => this.collectText(text),
      close: {
        v: () => this.ignore(),
        t: () => this.ignore(),
        rPh: () => {
          this.phonetic = false
        },
        c: () => this.place(this.value()),
        row: () => this.closeRow()
      }
    })
  }

  add(bytes: Uint8Array): RowSource.Slice {
    this.bytesRead += bytes.length
    return this.slice(this.scanner.add(bytes))
  }

  end(): RowSource.Slice {
    return this.slice(this.scanner.end())
  }

  private slice(failure: ParseError | undefined): RowSource.Slice {
    const rows = this.rows
    this.rows = []
    return { rows, bytesRead: this.bytesRead, error: this.error ?? failure }
  }

  private openRow(reference: string | undefined) {
    this.rowIndex = Number(reference ?? this.rowIndex + 1)
    this.cells = []
    this.column = -1
    this.rowText = 0
  }

  private closeRow() {
    if (this.error === undefined) this.rows.push({ index: this.rowIndex, cells: this.cells })
  }

  private openCell(attributes: Readonly<Record<string, string>>) {
    this.column = XlsxCell.column(attributes.r ?? "") ?? this.column + 1
    this.kind = attributes.t ?? "n"
    this.style = Number(attributes.s ?? 0)
    this.raw = ""
  }

  private collect() {
    this.collecting = !this.phonetic
  }

  private collectText(text: string) {
    if (!this.collecting || this.error !== undefined) return
    this.rowText += text.length
    this.raw += text
    if (this.rowText > this.context.limits.rowBytes)
      this.refuse(`has more than ${this.context.limits.rowBytes} characters`)
  }

  private refuse(what: string) {
    const row = this.rowIndex
    this.error ??= new ParseError({ reason: "TooLarge", message: `Row ${row} ${what}`, row })
  }

  private ignore() {
    this.collecting = false
  }

  private place(value: RowSource.Cell) {
    if (value === null) return
    if (this.column >= this.context.limits.columns) {
      this.refuse(`has more than ${this.context.limits.columns} columns`)
      return
    }
    while (this.cells.length < this.column) this.cells.push(null)
    this.cells[this.column] = value
  }

  private value(): RowSource.Cell {
    const decode = _decoders.get(this.kind)
    return decode === undefined ? this.numeric() : decode(this.raw, this.context.sharedStrings)
  }

  private numeric(): RowSource.Cell {
    return this.context.dateStyles[this.style] === true
      ? XlsxCell.date(this.raw, this.context.date1904)
      : XlsxCell.number(this.raw)
  }
}

type _Decode = (raw: string, sharedStrings: ReadonlyArray<string>) => RowSource.Cell

/** By the cell's type; absent or `n` is a number, which only the style tells from a date. */
const _decoders: ReadonlyMap<string, _Decode> = new Map<string, _Decode>([
  // Shared strings were unescaped when they were read.
  ["s", (raw, sharedStrings) => (raw === "" ? null : sharedStrings[Number(raw)] || null)],
  ["str", XlsxCell.text],
  ["inlineStr", XlsxCell.text],
  ["b", (raw) => (raw === "" ? null : raw === "1" || raw === "true")],
  ["e", (raw) => (raw === "" ? null : raw)],
  ["d", (raw) => (raw === "" ? null : raw)]
])

export { XlsxSheet }
