import { DateTime } from "effect"
import { type RowSource } from "./row-source.ts"

/** Built-in number formats that show a date; 45 to 47 are durations and shown as times by every program. */
const _builtInDates = new Set([
  14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54,
  55, 56, 57, 58
])
/**
 * Everything of a format code that is not a placeholder: brackets, escapes, literals, fills. Not [h],
 * [m], [s].
 */
const _decoration = /\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|"[^"]*"|[*_]./gi
const _dayMillis = 86_400_000
/** Days from serial 0 to 1970-01-01. */
const _epochDays = 25_569
const _days1904 = 1462
/** 9999-12-31, the last day of the format. */
const _lastSerial = 2_958_466
const _escaped = /_x([0-9a-f]{4})_/gi

/**
 * What the characters of a cell mean. Dates are ISO texts read as UTC, because a workbook has no time
 * zone.
 */
const XlsxCell = {
  isDateFormat: (id: number, code: string | undefined): boolean =>
    code === undefined
      ? _builtInDates.has(id)
      : /[dmyhs]/i.test(code.replace(_decoration, "").replace(/general/gi, "")),
  /** Text as typed: `_x000D_` is how XML carries what it cannot hold. */
  text: (raw: string): RowSource.Cell =>
    raw === "" ? null : raw.includes("_x") ? raw.replace(_escaped, _character) : raw,
  number: (raw: string): RowSource.Cell => {
    const value = Number(raw)
    return raw === "" ? null : Number.isFinite(value) ? value : raw
  },
  /** A serial outside the calendar stays the number it is. */
  date: (raw: string, date1904: boolean): RowSource.Cell => {
    const serial = Number(raw) + (date1904 ? _days1904 : 0)
    if (raw === "") return null
    if (!(serial >= 0 && serial < _lastSerial)) return XlsxCell.number(raw)
    // Before 1900-03-01 the serials count a 29 February 1900 that never was.
    const days = serial - _epochDays + (serial >= 1 && serial < 60 ? 1 : 0)
    return DateTime.formatIso(DateTime.unsafeMake(Math.round(days * _dayMillis)))
  },
  /** Zero-based column of a reference like `AB12`; undefined where it names none. */
  column: (reference: string): number | undefined => {
    let column = 0
    for (const char of reference) {
      const letter = char.charCodeAt(0) & ~32
      if (letter < 65 || letter > 90) break
      column = column * 26 + letter - 64
    }
    return column > 0 ? column - 1 : undefined
  }
} as const

const _character = (_match: string, code: string): string => String.fromCharCode(Number.parseInt(code, 16))

export { XlsxCell }
