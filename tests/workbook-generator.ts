import { createWriteStream } from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { writeXlsxStream } from "hucre"

declare namespace WorkbookGenerator {
  type Cell = string | number | Date | null
  type Sheet<Facts> = {
    readonly columns: ReadonlyArray<string>
    /** The same lines at each call. */
    readonly lines: () => Iterable<ReadonlyArray<Cell>>
    readonly facts: Facts
  }
  type Retail = Sheet<{
    readonly rows: number
    readonly distinctInvoices: number
    /** Codes compared in upper case. */
    readonly distinctCodes: number
    /** Invoices with at least one line that can be an order line. */
    readonly goodInvoices: number
    /** Lines with a quantity or a price of zero or less, or with a lettered invoice number. */
    readonly rejectedRows: number
  }>
  type Products = Sheet<{ readonly rows: number; readonly distinctSkus: number }>
  type Options = { readonly seed?: number; readonly rows: number }
  type Csv = { readonly delimiter?: string; readonly bom?: boolean }
}

/** Seeded files with the shape and the mess of a real retail workbook: one row a line, grouped by invoice. */
const WorkbookGenerator = {
  retail: ({ seed = 1, rows }: WorkbookGenerator.Options): WorkbookGenerator.Retail => {
    const lines = () => _retailLines(seed, rows)
    return { columns: _retailColumns, lines, facts: _facts(lines()) }
  },
  products: ({ seed = 1, rows }: WorkbookGenerator.Options): WorkbookGenerator.Products => ({
    columns: ["sku", "name", "price", "stock"],
    lines: () => _productLines(seed, rows),
    facts: { rows, distinctSkus: rows }
  }),
  writeXlsx: (path: string, sheet: WorkbookGenerator.Sheet<unknown>): Promise<void> =>
    pipeline(
      Readable.fromWeb(
        writeXlsxStream(_table(sheet), { name: "Sheet1", inlineStrings: false }) as Parameters<
          typeof Readable.fromWeb
        >[0]
      ),
      createWriteStream(path)
    ),
  writeCsv: (
    path: string,
    sheet: WorkbookGenerator.Sheet<unknown>,
    options: WorkbookGenerator.Csv = {}
  ): Promise<void> => pipeline(Readable.from(_csv(sheet, options)), createWriteStream(path))
} as const

const _retailColumns = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
  "Country"
]

type _Random = { readonly chance: (p: number) => boolean; readonly below: (n: number) => number }

/** mulberry32: small, and the same everywhere. */
const _random = (seed: number): _Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { chance: (p) => next() < p, below: (n) => Math.floor(next() * n) }
}

const _colours = ["WHITE", "RED", "PINK", "BLUE", "IVORY", "GREEN", "VINTAGE", "RETROSPOT", "SILVER", "BLACK"]
const _things = ["T-LIGHT HOLDER", "LUNCH BAG", "CAKE STAND", "HOT WATER BOTTLE", "ALARM CLOCK", "DOORMAT"]
const _sizes = ["SMALL", "LARGE", 'SET/6 5"', "JUMBO", "PACK OF 12", "CHILDREN'S", "ROUND, FLAT", "£1 & UP"]
const _countries = ["France", "Germany", "EIRE", "Norway", "Australia", "Netherlands"]
const _special = ["POST", "DOT", "C2", "M", "BANK CHARGES"]
const _catalogueSize = 3_000
const _start = Date.UTC(2010, 11, 1, 8, 26)
const _minuteMillis = 60_000

const _name = (index: number) => {
  const random = _random(index + 7_919)
  const name = [_colours, _things, _sizes].map((words) => words[random.below(words.length)]).join(" ")
  return index % 41 === 0 ? ` ${name}  ` : name
}

/** Six in ten codes are plain numbers, and stored as such; the others carry a letter or are words. */
const _code = (index: number): string | number =>
  index < _special.length
    ? (_special[index] ?? "M")
    : index % 10 < 6
      ? 20_000 + index
      : `${84_000 + Math.floor(index / 3)}${"ABCDEFG"[index % 7]}`

type _Invoice = {
  readonly number: string | number
  readonly credit: boolean
  readonly date: Date
  readonly customer: number | null
  readonly country: string
  readonly lines: number
}

const _invoice = (random: _Random, index: number, left: number): _Invoice => {
  const number = 536_365 + index
  const credit = random.chance(0.14)
  const lettered = !credit && random.chance(0.004)
  const size = credit || lettered ? 1 + random.below(3) : 1 + random.below(12) * (1 + random.below(7))
  return {
    number: credit ? `C${number}` : lettered ? `A${number}` : number,
    credit,
    date: new Date(_start + index * 13 * _minuteMillis),
    customer: random.chance(0.33) ? null : 12_346 + random.below(4_000),
    country: random.chance(0.92) ? "United Kingdom" : (_countries[random.below(_countries.length)] ?? "EIRE"),
    lines: Math.min(left, size)
  }
}

const _line = (random: _Random, invoice: _Invoice): ReadonlyArray<WorkbookGenerator.Cell> => {
  const index = random.below(_catalogueSize)
  const code = _code(index)
  const adjusted = !invoice.credit && random.chance(0.003)
  const quantity = 1 + random.below(4) * random.below(25)
  const price = random.chance(0.005) ? (random.chance(0.1) ? -11_062.06 : 0) : (45 + (index % 97) * 20) / 100
  return [
    invoice.number,
    typeof code === "string" && random.chance(0.04) ? code.toLowerCase() : code,
    adjusted || random.chance(0.002) ? null : _name(index),
    invoice.credit || adjusted ? -quantity : quantity,
    invoice.date,
    price,
    invoice.customer,
    invoice.country
  ]
}

function* _retailLines(seed: number, rows: number) {
  const random = _random(seed)
  let left = rows
  for (let index = 0; left > 0; index++) {
    const invoice = _invoice(random, index, left)
    for (let line = 0; line < invoice.lines; line++) yield _line(random, invoice)
    left -= invoice.lines
  }
}

function* _productLines(seed: number, rows: number) {
  const random = _random(seed)
  for (let index = 0; index < rows; index++) {
    const sku = `SKU-${seed}-${String(index + 1).padStart(6, "0")}`
    yield [sku, _name(index), (95 + random.below(9_000)) / 100, random.below(500)]
  }
}

const _facts = (lines: Iterable<ReadonlyArray<WorkbookGenerator.Cell>>) => {
  const invoices = new Set<string>()
  const codes = new Set<string>()
  const good = new Set<string>()
  let rows = 0
  let rejectedRows = 0
  for (const [invoice, code, , quantity, , price] of lines) {
    const rejected = Number(quantity) <= 0 || Number(price) <= 0 || /\D/.test(String(invoice))
    rows += 1
    rejectedRows += rejected ? 1 : 0
    invoices.add(String(invoice))
    codes.add(String(code).toUpperCase())
    if (!rejected) good.add(String(invoice))
  }
  return {
    rows,
    distinctInvoices: invoices.size,
    distinctCodes: codes.size,
    goodInvoices: good.size,
    rejectedRows
  }
}

function* _table(sheet: WorkbookGenerator.Sheet<unknown>): Iterable<Array<WorkbookGenerator.Cell>> {
  yield [...sheet.columns]
  for (const line of sheet.lines()) yield [...line]
}

/** Pieces of about a thousand rows: one write for each row would cost more than the rows. */
function* _csv(
  sheet: WorkbookGenerator.Sheet<unknown>,
  { delimiter = ",", bom = false }: WorkbookGenerator.Csv
) {
  let piece = bom ? "\uFEFF" : ""
  let rows = 0
  for (const row of _table(sheet)) {
    piece += `${row.map((cell) => _quoted(_text(cell), delimiter)).join(delimiter)}\r\n`
    rows += 1
    if (rows % 1_000 === 0) {
      yield piece
      piece = ""
    }
  }
  yield piece
}

const _text = (cell: WorkbookGenerator.Cell): string =>
  cell instanceof Date ? cell.toISOString().slice(0, 16).replace("T", " ") : String(cell ?? "")

const _quoted = (text: string, delimiter: string): string =>
  text.includes(delimiter) || /["\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

export { WorkbookGenerator }
