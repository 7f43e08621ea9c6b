import { isUtf8 } from "node:buffer"
import { Parser } from "csv-parse"
import { Stream } from "effect"
import { Delimiter } from "./delimiter.ts"
import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"

/**
 * Reads csv, tsv and their kin from bytes as they arrive; every cell is text or null, never a guessed number.
 * `head` is the beginning of the file, already looked at: `bytes` must go on behind it.
 */
const CsvReader = {
  slices: <R>(
    head: Uint8Array,
    bytes: Stream.Stream<Uint8Array, ParseError, R>,
    limits: RowSource.Limits
  ): Stream.Stream<RowSource.Slice, ParseError, R> =>
    Stream.suspend(() => {
      const encoding = _encoding(head)
      const decoder = new TextDecoder(encoding)
      const sample = new TextDecoder(encoding).decode(head, { stream: true })
      const records = new _Records(Delimiter.detect(sample), limits)
      return Stream.make(head).pipe(
        Stream.concat(bytes),
        Stream.map((chunk) => records.add(decoder.decode(chunk, { stream: true }), chunk.length)),
        Stream.concat(Stream.suspend(() => Stream.make(records.finish(decoder.decode()))))
      )
    })
} as const

/**
 * csv-parse without its stream: `_transform` is synchronous, and records are collected where it would
 * push them.
 * One event for each record would cost more than the parsing.
 */
class _Records extends Parser {
  rows: Array<RowSource.Row> = []
  error: ParseError | undefined
  bytesRead = 0
  readonly limits: RowSource.Limits

  constructor(delimiter: string, limits: RowSource.Limits) {
    super({
      delimiter,
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      max_record_size: limits.rowBytes
    })
    this.limits = limits
  }

  override push(record: ReadonlyArray<string> | null): boolean {
    if (record === null || this.error !== undefined) return false
    const index = this.rowNumber()
    if (record.length > this.limits.columns) {
      const message = `Row ${index} has ${record.length} columns; ${this.limits.columns} are allowed`
      this.error = new ParseError({ reason: "TooLarge", message, row: index })
      return false
    }
    this.rows.push({ index, cells: record.map((cell) => (cell === "" ? null : cell)) })
    return true
  }

  add(text: string, bytes: number): RowSource.Slice {
    this.bytesRead += bytes
    this._transform(Buffer.from(text), "utf8", (error) => this.refuse(error))
    return this.slice()
  }

  finish(text: string): RowSource.Slice {
    this.add(text, 0)
    this._flush((error) => this.refuse(error))
    return this.slice()
  }

  private slice(): RowSource.Slice {
    const rows = this.rows
    this.rows = []
    return { rows, bytesRead: this.bytesRead, error: this.error }
  }

  private rowNumber(): number {
    return this.info.records + this.info.empty_lines
  }

  private refuse(error: Error | null | undefined) {
    if (error === null || error === undefined) return
    const row = this.rowNumber() + 1
    this.error ??= new ParseError({ reason: "Malformed", message: error.message, row })
  }
}

/**
 * Spreadsheets save UTF-16 with a mark, and windows-1252 without one: what is not valid UTF-8 is taken
 * for that.
 */
const _encoding = (head: Uint8Array): string => {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le"
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be"
  return _isUtf8(head) ? "utf-8" : "windows-1252"
}

const _isUtf8 = (head: Uint8Array): boolean => isUtf8(head.subarray(0, _lastWholeCharacter(head)))

/** The head may end inside a character of up to four bytes: step back to before its first byte. */
const _lastWholeCharacter = (head: Uint8Array): number => {
  let end = head.length
  while (end > 0 && head.length - end < 4 && (head[end - 1] ?? 0) >= 0x80 && (head[end - 1] ?? 0) < 0xc0)
    end--
  return end > 0 && (head[end - 1] ?? 0) >= 0xc0 ? end - 1 : head.length
}

export { CsvReader }
