import { Stream } from "effect"
import { ParseError } from "./parse-error.ts"

const _limits = {
  /** Bytes that are accepted from the network for a workbook, which has to be spooled. */
  uploadBytes: 2 * 1024 ** 3,
  /** Parts in the zip directory. */
  entries: 1000,
  /** Sum of the parts' sizes in bytes as the directory declares them; the reader enforces the declaration. */
  inflatedBytes: 4 * 1024 ** 3,
  /** Inflated to packed, for parts above `ratioFromBytes`; honest sheets have 7 to 10. */
  ratio: 100,
  ratioFromBytes: 10 * 1024 ** 2,
  /**
   * The shared strings are the one part that is held in memory: its size inflated, and as strings on
   * the heap.
   */
  sharedStringsBytes: 256 * 1024 ** 2,
  sharedStringsHeapBytes: 160 * 1024 ** 2,
  columns: 1000,
  /** Bytes or characters of one row's text: a quote that is never closed ends here and not in memory. */
  rowBytes: 1024 ** 2
} as const

declare namespace RowSource {
  type Cell = string | number | boolean | null
  /** `index` is the row's number as a spreadsheet shows it: with the header in row 1, data starts at 2. */
  type Row = { readonly index: number; readonly cells: ReadonlyArray<Cell> }
  type Limits = { readonly [K in keyof typeof _limits]: number }
  /**
   * Rows that one chunk of input completed, and how many bytes were read then; after `error` nothing
   * follows.
   */
  type Slice = {
    readonly rows: ReadonlyArray<Row>
    readonly bytesRead: number
    readonly error?: ParseError | undefined
  }
  type Header = { readonly _tag: "Header"; readonly columns: ReadonlyArray<string> }
  /**
   * A batch without rows is a sign of life while a file is on its way. `totalBytes` is null where
   * unknown.
   */
  type Rows = {
    readonly _tag: "Rows"
    readonly rows: ReadonlyArray<Row>
    readonly bytesRead: number
    readonly totalBytes: number | null
    readonly rowsRead: number
  }
  type Event = Header | Rows
  type Options = {
    /** At most this many rows in a batch. Defaults to 200. */
    readonly batchSize?: number
    readonly limits?: Partial<Limits>
    /** Given, the content is not asked what it is. */
    readonly format?: "xlsx" | "csv"
  }
}

/** What all readers share: the vocabulary of rows, the limits, and how slices become a header and batches. */
const RowSource = {
  limits: (given: Partial<RowSource.Limits> | undefined): RowSource.Limits => ({ ..._limits, ...given }),
  /**
   * Rows without any value are dropped; the first row with one is the header; short rows are filled
   * with null.
   * Rows that were complete before a failure are emitted before it.
   */
  events: <R>(
    slices: Stream.Stream<RowSource.Slice, ParseError, R>,
    options: {
      readonly batchSize?: number | undefined
      readonly totalBytes: number | null
      readonly limits: RowSource.Limits
    }
  ): Stream.Stream<RowSource.Event, ParseError, R> =>
    Stream.suspend(() => {
      const batcher = new _Batcher(Math.max(1, options.batchSize ?? 200), options.totalBytes)
      const rest = Stream.suspend(() => Stream.fromIterable(batcher.rest()))
      return slices.pipe(
        Stream.map((slice) => _bounded(slice, options.limits.rowBytes)),
        Stream.flatMap(_failing),
        Stream.mapConcat((slice) => batcher.add(slice)),
        Stream.concat(Stream.suspend(() => (batcher.headerSeen ? Stream.empty : Stream.fail(_empty())))),
        Stream.concat(rest),
        Stream.catchAll((error) => Stream.concat(rest, Stream.fail(error)))
      )
    })
} as const

class _Batcher {
  columns = 0
  rowsRead = 0
  bytesRead = 0
  pending: Array<RowSource.Row> = []
  pendingText = 0
  headerSeen = false
  readonly batchSize: number
  readonly totalBytes: number | null

  constructor(batchSize: number, totalBytes: number | null) {
    this.batchSize = batchSize
    this.totalBytes = totalBytes
  }

  add(slice: RowSource.Slice): ReadonlyArray<RowSource.Event> {
    const events: Array<RowSource.Event> = []
    this.bytesRead = slice.bytesRead
    for (const row of slice.rows) {
      if (row.cells.every((cell) => cell === null)) continue
      if (this.headerSeen) {
        this.pending.push({ index: row.index, cells: _padded(row.cells, this.columns) })
        this.pendingText += _textOf(row)
      } else {
        events.push(this.header(row))
      }
      if (this.pending.length >= this.batchSize || this.pendingText >= _batchText) events.push(this.flush())
    }
    return events
  }

  rest(): ReadonlyArray<RowSource.Event> {
    return this.pending.length > 0 ? [this.flush()] : []
  }

  private header(row: RowSource.Row): RowSource.Header {
    this.headerSeen = true
    this.columns = row.cells.length
    return { _tag: "Header", columns: row.cells.map((cell) => String(cell ?? "").trim()) }
  }

  private flush(): RowSource.Rows {
    const rows = this.pending
    this.pending = []
    this.pendingText = 0
    this.rowsRead += rows.length
    return {
      _tag: "Rows",
      rows,
      bytesRead: this.bytesRead,
      totalBytes: this.totalBytes,
      rowsRead: this.rowsRead
    }
  }
}

/** Characters after which a batch is full before its rows are: a copy of it crosses to another thread. */
const _batchText = 1024 ** 2

const _textOf = (row: RowSource.Row): number =>
  row.cells.reduce((sum: number, cell) => sum + (typeof cell === "string" ? cell.length : 8), 0)

/** A few bytes of a sheet can name a long shared text many times, so the row counts as what it says. */
const _bounded = (slice: RowSource.Slice, limit: number): RowSource.Slice => {
  const at = slice.rows.findIndex((row) => _textOf(row) > limit)
  const index = slice.rows[at]?.index
  return index === undefined
    ? slice
    : { ...slice, rows: slice.rows.slice(0, at), error: _tooLong(index, limit) }
}

const _tooLong = (row: number, limit: number) =>
  new ParseError({ reason: "TooLarge", message: `Row ${row} has more than ${limit} characters`, row })

const _empty = () => new ParseError({ reason: "Empty", message: "The file has no rows" })

const _failing = (slice: RowSource.Slice): Stream.Stream<RowSource.Slice, ParseError> =>
  slice.error === undefined ? Stream.make(slice) : Stream.concat(Stream.make(slice), Stream.fail(slice.error))

const _padded = (cells: ReadonlyArray<RowSource.Cell>, columns: number): ReadonlyArray<RowSource.Cell> =>
  cells.length >= columns ? cells : [...cells, ...new Array<null>(columns - cells.length).fill(null)]

export { RowSource }
