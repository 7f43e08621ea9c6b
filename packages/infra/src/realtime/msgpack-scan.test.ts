import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import { Packr } from "msgpackr"
import { MsgpackScan } from "./msgpack-scan.ts"

const limits = { messages: 4, nodes: 200, depth: 8 }
const scan = (frame: Uint8Array) => Either.merge(MsgpackScan.of(frame, limits))
const hex = (text: string) => Buffer.from(text, "hex")
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

const records = new Packr({ useRecords: true })
const maps = new Packr({ useRecords: false })
const message = {
  _tag: "Request",
  id: "1",
  payload: undefined,
  nothing: null,
  numbers: [0, 63, 64, 127, 128, -1, -40, 70_000, 5_000_000_000, 1.5, 10n],
  texts: ["", "é".repeat(20), "x".repeat(40), "y".repeat(300)],
  headers: [
    { name: "a", value: "b" },
    { name: "c", value: "d" }
  ],
  bytes: new Uint8Array(5)
}

describe("MsgpackScan", () => {
  it("lets through what our client packs, as records and as maps, one behind the other", () => {
    const two = Buffer.concat([records.pack(message), records.pack(message)])

    expect(scan(two)).toEqual({ hasRecords: true })
    expect(scan(maps.pack(message))).toEqual({ hasRecords: false })
  })

  it("finds every place where a whole frame was cut", () => {
    const frame = records.pack(message)
    // Of one byte not even the kind can be told.
    const cuts = Array.from({ length: frame.length - 2 }, (_, index) => scan(frame.subarray(0, index + 2)))

    expect([...new Set(cuts)]).toEqual(["Malformed"])
  })

  it.each([
    ["zeros", "0000", "NoMessage"],
    ["a text", "a161", "NoMessage"],
    ["a record that was never declared", "41", "NoMessage"],
    ["an array of which five bytes announce 33 million values", "81a161dd01ffffff", "Malformed"],
    ["a map of four billion pairs", "dfffffffff", "Malformed"],
    ["a text of four gigabytes", "81a161dbffffffff", "Malformed"],
    ["a byte that the format never uses", "81a161c1", "Malformed"],
    ["a date", "81a161d6ff00000000", "Extension"],
    ["a regular expression", "81a161c70178", "Extension"],
    ["a set", "81a161d473009101", "Extension"],
    ["an error", "81a161d465009101", "Extension"],
    ["a pointer", "81a161d67000000001", "Extension"],
    ["bundled strings", "d6620000000081a161c0", "NoMessage"],
    ["a record whose keys are no texts", "d472409101", "Malformed"],
    ["a record with 65 keys", `d47240dc0041${"a161".repeat(65)}${"c0".repeat(65)}`, "Large"]
  ])("refuses %s", (_, bytes, fault) => {
    expect(scan(hex(bytes))).toBe(fault)
  })

  it("refuses what is too deep, too much, or too many messages", () => {
    expect(scan(maps.pack({ a: nested(7) }))).toEqual({ hasRecords: false })
    expect(scan(maps.pack({ a: nested(8) }))).toBe("Large")
    expect(scan(maps.pack({ a: Array(300).fill(0) }))).toBe("Large")
    expect(scan(Buffer.concat(Array(5).fill(maps.pack({ a: 1 }))))).toBe("Large")
  })
})
