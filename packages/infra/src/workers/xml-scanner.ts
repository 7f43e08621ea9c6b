import { SaxesParser } from "saxes"
import { ParseError } from "./parse-error.ts"

declare namespace XmlScanner {
  /** By element name without its prefix; attribute names keep theirs. */
  type Handlers = {
    readonly open?: Readonly<Record<string, (attributes: Readonly<Record<string, string>>) => void>>
    readonly close?: Readonly<Record<string, () => void>>
    /** The whole text between two tags. */
    readonly text?: (text: string) => void
  }
}

/** Between two tags or inside one. Cells hold 32,767 characters; what is longer is an attack on the heap. */
const _silentBytes = 1024 ** 2
const _depth = 64

/**
 * Events of an XML part, fed piece by piece. `add` and `end` return the error instead of throwing it.
 * Entities that a DTD declares are not expanded: they are an error.
 */
class XmlScanner {
  readonly parser = new SaxesParser({ xmlns: false, position: false })
  readonly decoder = new TextDecoder()
  failure: ParseError | undefined
  private silentBytes = 0
  private depth = 0

  constructor({ open = {}, close = {}, text = () => undefined }: XmlScanner.Handlers) {
    // Maps, because an element may be called `__proto__`.
    const opening = new Map(Object.entries(open))
    const closing = new Map(Object.entries(close))
    this.parser.on("opentag", (tag) => {
      this.depth += 1
      this.silentBytes = 0
      opening.get(_local(tag.name))?.(tag.attributes)
    })
    this.parser.on("closetag", (tag) => {
      this.depth -= 1
      this.silentBytes = 0
      closing.get(_local(tag.name))?.()
    })
    this.parser.on("text", text)
    this.parser.on("cdata", text)
    this.parser.on("error", (error) => {
      this.failure ??= new ParseError({ reason: "Malformed", message: `Broken XML: ${error.message}` })
    })
  }

  add(bytes: Uint8Array): ParseError | undefined {
    this.silentBytes += bytes.length
    this.parser.write(this.decoder.decode(bytes, { stream: true }))
    return this.failure ?? this.attack()
  }

  end(): ParseError | undefined {
    this.parser.write(this.decoder.decode())
    this.parser.close()
    return this.failure
  }

  private attack(): ParseError | undefined {
    if (this.silentBytes <= _silentBytes && this.depth <= _depth) return undefined
    return new ParseError({ reason: "TooLarge", message: "The workbook holds an endless text or tag" })
  }
}

const _local = (name: string): string => name.slice(name.indexOf(":") + 1)

export { XmlScanner }
