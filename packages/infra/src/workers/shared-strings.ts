import { ParseError } from "./parse-error.ts"
import { type RowSource } from "./row-source.ts"
import { XlsxCell } from "./xlsx-cell.ts"
import { type XmlScanner } from "./xml-scanner.ts"

/** Bytes that a string costs on top of its characters. */
const _overhead = 32

/**
 * The texts that cells refer to by number, collected by the handlers.
 * Bounded as heap and not only as XML: a thread that runs out of heap in one big step takes the whole
 * process along.
 */
class SharedStrings {
  readonly strings: Array<string> = []
  failure: ParseError | undefined
  private readonly limit: number
  private heapBytes = 0
  private text = ""
  private collecting = false
  private phonetic = false

  constructor(limits: RowSource.Limits) {
    this.limit = limits.sharedStringsHeapBytes
  }

  readonly handlers: XmlScanner.Handlers = {
    open: {
      si: () => {
        this.text = ""
        this.spend(_overhead)
      },
      t: () => {
        this.collecting = !this.phonetic
      },
      rPh: () => {
        this.phonetic = true
      }
    },
    text: (piece) => {
      if (!this.collecting || this.failure !== undefined) return
      this.spend(piece.length * 2)
      this.text += piece
    },
    close: {
      si: () => this.keep(),
      t: () => {
        this.collecting = false
      },
      rPh: () => {
        this.phonetic = false
      }
    }
  }

  private keep() {
    if (this.failure !== undefined) return
    // A copy, because a piece of the parser's buffer would keep the whole buffer alive.
    this.strings.push(Buffer.from(String(XlsxCell.text(this.text) ?? "")).toString())
  }

  private spend(bytes: number) {
    this.heapBytes += bytes
    if (this.heapBytes <= this.limit) return
    const message = "The workbook has too many different texts: save it as csv"
    this.failure ??= new ParseError({ reason: "TooLarge", message })
  }
}

export { SharedStrings }
