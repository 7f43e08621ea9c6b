import { Either } from "effect"

declare namespace MsgpackScan {
  type Limits = {
    /** Values that stand one behind the other, each a message. */
    readonly messages: number
    /** Values of every kind, those inside others counted, too. */
    readonly nodes: number
    readonly depth: number
  }
  type Found = {
    /** The sender writes objects as msgpackr's records, not as maps. */
    readonly hasRecords: boolean
  }
  type Fault = "Extension" | "Large" | "Malformed" | "NoMessage"
}

type _Head = { readonly bytes: number; readonly of?: "bytes" | "items" | "pairs" }

const _keys = 64
const _record = 0x72
const _undefined = 0x00

/** Bytes of the head of a value and of the number in it that says how long the rest is, by its first byte. */
const _heads: Readonly<
  Record<number, { readonly bytes: number; readonly of?: "bytes" | "items" | "pairs" }>
> = {
  192: { bytes: 1 },
  194: { bytes: 1 },
  195: { bytes: 1 },
  196: { bytes: 2, of: "bytes" },
  197: { bytes: 3, of: "bytes" },
  198: { bytes: 5, of: "bytes" },
  202: { bytes: 5 },
  203: { bytes: 9 },
  204: { bytes: 2 },
  205: { bytes: 3 },
  206: { bytes: 5 },
  207: { bytes: 9 },
  208: { bytes: 2 },
  209: { bytes: 3 },
  210: { bytes: 5 },
  211: { bytes: 9 },
  217: { bytes: 2, of: "bytes" },
  218: { bytes: 3, of: "bytes" },
  219: { bytes: 5, of: "bytes" },
  220: { bytes: 3, of: "items" },
  221: { bytes: 5, of: "items" },
  222: { bytes: 3, of: "pairs" },
  223: { bytes: 5, of: "pairs" }
}

/**
 * Walks over a frame of MsgPack without building anything of it, because the decoder believes what it reads:
 * five bytes that announce an array make it allocate 256 MB, nesting overflows its stack, an extension makes
 * a regular expression. What passes is maps or records of plain data, whole, few and flat.
 */
class MsgpackScan {
  private at = 0
  private nodes = 0
  private messages = 0
  private hasRecords = false
  /** How many values each open container still wants. */
  private readonly open: Array<number> = []
  /** Numbers of keys of the records that the frame has declared. */
  private readonly shapes = new Map<number, number>()

  private readonly frame: Uint8Array
  private readonly limits: MsgpackScan.Limits

  private constructor(frame: Uint8Array, limits: MsgpackScan.Limits) {
    this.frame = frame
    this.limits = limits
  }

  static of(
    frame: Uint8Array,
    limits: MsgpackScan.Limits
  ): Either.Either<MsgpackScan.Found, MsgpackScan.Fault> {
    const scan = new MsgpackScan(frame, limits)
    const fault = scan.walk()
    return fault === undefined ? Either.right({ hasRecords: scan.hasRecords }) : Either.left(fault)
  }

  private walk(): MsgpackScan.Fault | undefined {
    let fault: MsgpackScan.Fault | undefined
    while (fault === undefined && this.at < this.frame.length) fault = this.begin() ?? this.step()
    const isWhole = this.at === this.frame.length && this.open.length === 0
    return fault ?? (isWhole ? undefined : "Malformed")
  }

  private begin(): MsgpackScan.Fault | undefined {
    this.nodes += 1
    if (this.nodes > this.limits.nodes) return "Large"
    return this.open.length === 0 ? this.message() : undefined
  }

  private message(): MsgpackScan.Fault | undefined {
    this.messages += 1
    if (this.messages > this.limits.messages) return "Large"
    return this.isMessage() ? undefined : "NoMessage"
  }

  private isMessage(): boolean {
    const token = this.byte(0)
    const isMap = (token >= 0x80 && token < 0x90) || token === 0xde || token === 0xdf
    const isRecord = token === 0xd4 && this.byte(1) === _record
    return isMap || isRecord || (token >= 0x40 && token < 0x80 && this.shapes.has(token & 0x3f))
  }

  private step(): MsgpackScan.Fault | undefined {
    const token = this.byte(0)
    if (token === 0xd4) return this.extension()
    if (token < 0xc0 || token >= 0xe0) return this.short(token)
    const head = _heads[token]
    if (head !== undefined) return this.headed(head)
    return token === 0xc1 ? "Malformed" : "Extension"
  }

  private headed({ bytes, of }: _Head): MsgpackScan.Fault | undefined {
    if (of === undefined) return this.enter(bytes, 0)
    const length = this.number(bytes - 1)
    if (of === "bytes") return this.enter(bytes + length, 0)
    return this.enter(bytes, of === "pairs" ? 2 * length : length)
  }

  /** What says all in its first byte. */
  private short(token: number): MsgpackScan.Fault | undefined {
    if (token < 0x40 || token >= 0xe0) return this.enter(1, 0)
    if (token < 0x80) return this.enter(1, this.shapes.get(token & 0x3f) ?? 0)
    if (token < 0x90) return this.enter(1, 2 * (token & 0x0f))
    if (token < 0xa0) return this.enter(1, token & 0x0f)
    return this.enter(1 + (token & 0x1f), 0)
  }

  /** The one byte of `undefined`, or a record, whose values follow its keys. */
  private extension(): MsgpackScan.Fault | undefined {
    if (this.byte(1) === _undefined) return this.enter(3, 0)
    if (this.byte(1) !== _record) return "Extension"
    const shape = this.byte(2) & 0x3f
    this.at += 3
    const keys = this.keysAhead()
    if (keys === undefined) return "Malformed"
    if (keys > _keys) return "Large"
    for (let key = 0; key < keys; key += 1) if (!this.skipText()) return "Malformed"
    this.hasRecords = true
    this.shapes.set(shape, keys)
    return this.enter(0, keys)
  }

  /** Of the array that a record begins with; steps into it. */
  private keysAhead(): number | undefined {
    const token = this.byte(0)
    const isLong = token === 0xdc
    const isShort = token >= 0x90 && token < 0xa0
    if (!isLong && !isShort) return undefined
    const keys = isLong ? this.number(2) : token & 0x0f
    this.at += isLong ? 3 : 1
    return keys
  }

  private skipText(): boolean {
    const token = this.byte(0)
    const isShort = token >= 0xa0 && token < 0xc0
    this.at += isShort ? 1 + (token & 0x1f) : 2 + this.byte(1)
    return isShort || token === 0xd9
  }

  private enter(bytes: number, children: number): MsgpackScan.Fault | undefined {
    this.at += bytes
    // Each child takes a byte at least, so no length is believed that the frame cannot hold.
    if (this.at + children > this.frame.length) return "Malformed"
    if (children > 0) {
      this.open.push(children)
      return this.open.length > this.limits.depth ? "Large" : undefined
    }
    this.leave()
    return undefined
  }

  private leave(): void {
    while (this.open.length > 0) {
      const left = (this.open.pop() ?? 0) - 1
      if (left > 0) {
        this.open.push(left)
        return
      }
    }
  }

  /** Behind the end everything is zero; `enter` finds that the end was passed. */
  private byte(offset: number): number {
    return this.frame[this.at + offset] ?? 0
  }

  private number(bytes: number): number {
    let value = 0
    for (let index = 1; index <= bytes; index += 1) value = value * 256 + this.byte(index)
    return value
  }
}

export { MsgpackScan }
