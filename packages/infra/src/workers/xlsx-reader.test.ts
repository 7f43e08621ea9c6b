import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32, deflateRawSync } from "node:zlib"
import { NodeFileSystem } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Chunk, DateTime, Effect, Stream } from "effect"
import { readXlsx, writeXlsx } from "hucre"
import { afterAll } from "vitest"
import { ReadRows } from "./read-rows.ts"
import { type RowSource } from "./row-source.ts"

const folder = mkdtempSync(join(tmpdir(), "xlsx-reader-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Part = { readonly content: string | Buffer; readonly declared?: number; readonly flags?: number }

/** A zip archive of the parts in their order; `declared` lies about the inflated size. */
const zip = (parts: Record<string, string | Part>): Buffer => {
  const locals: Array<Buffer> = []
  const directory: Array<Buffer> = []
  let offset = 0
  for (const [name, given] of Object.entries(parts)) {
    const part = typeof given === "string" ? { content: given } : given
    const content = Buffer.from(part.content)
    const packed = deflateRawSync(content)
    const meta = Buffer.alloc(26)
    meta.writeUInt16LE(20, 0)
    meta.writeUInt16LE("flags" in part ? (part.flags ?? 0) : 0, 2)
    meta.writeUInt16LE(8, 4)
    meta.writeUInt32LE(crc32(content), 10)
    meta.writeUInt32LE(packed.length, 14)
    meta.writeUInt32LE("declared" in part ? (part.declared ?? 0) : content.length, 18)
    meta.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), meta, Buffer.from(name), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), meta, tail, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write("PK\x05\x06")
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, central, end])
}

const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
const relations = (...entries: ReadonlyArray<readonly [id: string, type: string, target: string]>) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${entries
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`)
    .join("")}</Relationships>`
const sheetOf = (rows: string) =>
  `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`

/** The parts of a workbook in Excel's own order: the sheet comes before what it refers to. */
const workbook = (
  rows: string,
  others: Record<string, string | Part> = {}
): Record<string, string | Part> => ({
  "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`,
  "_rels/.rels": relations(["r1", "officeDocument", "xl/workbook.xml"]),
  "xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${office}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>`,
  "xl/_rels/workbook.xml.rels": relations(
    ["r1", "worksheet", "worksheets/sheet1.xml"],
    ["r2", "sharedStrings", "sharedStrings.xml"],
    ["r3", "styles", "styles.xml"]
  ),
  "xl/worksheets/sheet1.xml": sheetOf(rows),
  ...others
})

const file = (name: string, content: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const read = (content: Uint8Array, options: RowSource.Options = {}) =>
  Stream.suspend(() => ReadRows.fromFile(file("under-test.xlsx", content), options)).pipe(
    Stream.runCollect,
    Effect.map((events) => {
      const all = Chunk.toReadonlyArray(events)
      return {
        columns: all.flatMap((event) => (event._tag === "Header" ? event.columns : [])),
        rows: all.flatMap((event) => (event._tag === "Rows" ? event.rows : []))
      }
    }),
    Effect.provide(NodeFileSystem.layer)
  )

const refusal = (content: Uint8Array, limits: Partial<RowSource.Limits> = {}) =>
  Effect.flip(read(content, { limits }))

const header = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>`
/** The cells of the only data row. */
const cells = (row: string, others: Record<string, string | Part> = {}) =>
  Effect.map(
    read(zip(workbook(`${header}<row r="2">${row}</row>`, others))),
    ({ rows }) => rows[0]?.cells ?? []
  )

const styles = (formats: ReadonlyArray<number>, codes = "") =>
  `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>${codes}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${formats
    .map((id) => `<xf numFmtId="${id}"/>`)
    .join("")}</cellXfs></styleSheet>`

describe("a workbook", () => {
  it.effect("gives the same cells as another reader finds in it", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 700 }, (_, index) => [
        index % 3 === 0 ? index : `C${index}`,
        index % 7 === 0 ? null : ` ünï "quoted" & <tagged> ${index}\nline two `,
        index * 0.1,
        index % 2 === 0,
        DateTime.toDateUtc(DateTime.unsafeMake({ year: 2010, month: 12, day: 1, minutes: index })),
        index % 5 === 0 ? null : "😀 end"
      ])
      const bytes = yield* Effect.promise(() =>
        writeXlsx({ sheets: [{ name: "S", rows: [["a", "b", "c", "d", "e", "f"], ...rows] }] })
      )
      const oracle = yield* Effect.promise(() => readXlsx(bytes))

      const ours = yield* read(bytes)

      const expected = (oracle.sheets[0]?.rows ?? []).slice(1).map((row) => ({
        cells: row.map((cell) => (cell instanceof Date ? cell.toISOString() : cell))
      }))
      expect(ours.columns).toEqual(["a", "b", "c", "d", "e", "f"])
      expect(ours.rows.map(({ cells }) => ({ cells }))).toEqual(expected)
      expect(ours.rows.map(({ index }) => index)).toEqual(rows.map((_, index) => index + 2))
    })
  )

  it.effect("may keep its texts in shared, rich, phonetic, inline and formula form", () =>
    Effect.gen(function* () {
      const shared = `<sst xmlns="m"><si><t xml:space="preserve"> plain &amp; </t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r><rPh sb="0" eb="1"><t>PHONETIC</t></rPh></si><si><t>two_x000D_\nlines _x005F_x0041_</t></si></sst>`

      const found = yield* cells(
        `<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c>` +
          `<c r="D2" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>` +
          `<c r="E2" t="str"><f>A1</f><v>cached_x0009_</v></c><c r="F2" t="e"><v>#N/A</v></c><c r="G2" t="s"><v>99</v></c><c r="H2" t="d"><v>2026-01-02</v></c>`,
        { "xl/sharedStrings.xml": shared }
      )

      expect(found).toEqual([
        " plain & ",
        "rich",
        "two\r\nlines _x0041_",
        "inline",
        "cached\t",
        "#N/A",
        null,
        "2026-01-02"
      ])
    })
  )

  it.effect("may leave out references and cells, and skip rows", () =>
    Effect.gen(function* () {
      const { rows } = yield* read(
        zip(
          workbook(
            `<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row r="5"><c r="AA5"><v>27</v></c></row><row><c><v>6</v></c><c t="b"><v>1</v></c></row><row r="9"><c r="B9"><f>1</f></c></row>`
          )
        )
      )

      expect(rows).toEqual([
        { index: 5, cells: [...Array.from({ length: 26 }, () => null), 27] },
        { index: 6, cells: [6, true, null] }
      ])
    })
  )

  it.effect("knows a date by its style only", () =>
    Effect.gen(function* () {
      const codes = `<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/><numFmt numFmtId="165" formatCode="0 &quot;days&quot;"/><numFmt numFmtId="166" formatCode="[Red]0.00"/><numFmt numFmtId="167" formatCode="[$-409]d\\-mmm"/><numFmt numFmtId="168" formatCode="General"/><numFmt numFmtId="169" formatCode="[h]:mm"/>`
      const serials = (date: number, style: number) => `<c s="${style}"><v>${date}</v></c>`

      const found = yield* cells(
        [
          serials(40_513.351_388_89, 1),
          serials(40_513.5, 2),
          serials(3, 3),
          serials(4, 4),
          serials(1, 1),
          serials(61, 1),
          serials(2.5, 5),
          serials(6, 6),
          serials(40_513, 0),
          serials(-1, 1),
          serials(1.5, 7)
        ].join(""),
        { "xl/styles.xml": styles([0, 14, 164, 165, 166, 167, 168, 169], codes) }
      )

      expect(found).toEqual([
        "2010-12-01T08:26:00.000Z",
        "2010-12-01T12:00:00.000Z",
        3,
        4,
        "1900-01-01T00:00:00.000Z",
        "1900-03-01T00:00:00.000Z",
        "1900-01-02T12:00:00.000Z",
        6,
        40_513,
        -1,
        "1900-01-01T12:00:00.000Z"
      ])
    })
  )

  it.effect("may count its days from 1904", () =>
    Effect.gen(function* () {
      const book = `<workbook xmlns="m" xmlns:r="${office}"><workbookPr date1904="1"/><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>`

      const found = yield* cells(`<c s="1"><v>39051</v></c><c s="1"><v>0</v></c>`, {
        "xl/workbook.xml": book,
        "xl/styles.xml": styles([0, 14])
      })

      expect(found).toEqual(["2010-12-01T00:00:00.000Z", "1904-01-01T00:00:00.000Z"])
    })
  )

  it.effect("may prefix its elements, name its parts absolutely and begin with a chart", () =>
    Effect.gen(function* () {
      const content = zip({
        "_rels/.rels": relations(["x", "officeDocument", "/book/Main.xml"]),
        "book/main.xml": `<x:workbook xmlns:x="m" xmlns:rel="${office}"><x:sheets><x:sheet name="Chart" sheetId="1" rel:id="c"/><x:sheet name="B" sheetId="2" rel:id="b"/><x:sheet name="A" sheetId="3" rel:id="a"/></x:sheets></x:workbook>`,
        "book/_rels/main.xml.rels": relations(
          ["a", "worksheet", "../elsewhere/a.xml"],
          ["b", "worksheet", "/elsewhere/b.xml"],
          ["c", "chartsheet", "chart.xml"]
        ),
        "elsewhere/a.xml": sheetOf(`<row><c><v>0</v></c></row>`),
        "elsewhere/b.xml": `<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>head</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>`
      })

      expect(yield* read(content)).toEqual({ columns: ["head"], rows: [{ index: 2, cells: [5] }] })
    })
  )

  it.effect("comes in batches of the asked size that count rows and bytes", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 450 }, (_, index) => `<row><c><v>${index}</v></c></row>`).join("")
      const path = file("batches.xlsx", zip(workbook(header + rows)))

      const events = Chunk.toReadonlyArray(
        yield* ReadRows.fromFile(path, { batchSize: 200 }).pipe(
          Stream.runCollect,
          Effect.provide(NodeFileSystem.layer)
        )
      )

      const batches = events.flatMap((event) => (event._tag === "Rows" ? [event] : []))
      expect(events[0]).toEqual({ _tag: "Header", columns: ["a"] })
      expect(batches.map((batch) => batch.rows.length)).toEqual([200, 200, 50])
      expect(batches.map((batch) => batch.rowsRead)).toEqual([200, 400, 450])
      expect(batches.at(-1)?.bytesRead).toBe(batches.at(-1)?.totalBytes)
    })
  )
})

describe("a workbook is refused", () => {
  const big = Buffer.alloc(11 * 1024 ** 2, " ")

  it.effect("when a part unpacks to far more than it is", () =>
    Effect.gen(function* () {
      const error = yield* refusal(zip(workbook(header, { "xl/bomb.xml": { content: big } })))
      expect(error).toMatchObject({ _tag: "Workers.ParseError", reason: "TooLarge" })
      expect(error.message).toContain("times its size")
    })
  )

  it.effect("when it is too big unpacked, in texts, in parts or in columns", () =>
    Effect.gen(function* () {
      const book = zip(workbook(header, { "xl/sharedStrings.xml": `<sst>${" ".repeat(5000)}</sst>` }))
      const wide = zip(workbook(`${header}<row r="2"><c r="K2"><v>1</v></c></row>`))
      const reasons = yield* Effect.all([
        refusal(book, { inflatedBytes: 4_000 }),
        refusal(book, { sharedStringsBytes: 4_000 }),
        refusal(book, { entries: 5 }),
        refusal(wide, { columns: 10 })
      ])
      expect(reasons.map(({ reason }) => reason)).toEqual(["TooLarge", "TooLarge", "TooLarge", "TooLarge"])
      expect(reasons[3]?.row).toBe(2)
      expect((yield* read(wide, { limits: { columns: 11 } })).rows).toHaveLength(1)
    })
  )

  it.effect("when one text, one row, the shared texts or the nesting would eat the heap", () =>
    Effect.gen(function* () {
      const words = (length: number) =>
        Array.from({ length: length / 8 }, (_, index) =>
          ((index * 2_654_435_761) % 1e8).toString().padStart(8)
        ).join("")
      const shared = `<sst><si><t>${words(30_000)}</t></si></sst>`
      const laughs = `${header}<row r="2">${'<c t="s"><v>0</v></c>'.repeat(50)}</row>`
      const runs = `<row r="1"><c t="inlineStr"><is>${`<r><t>${words(30_000)}</t></r>`.repeat(50)}</is></c></row>`
      const reasons = yield* Effect.all([
        refusal(zip(workbook(`<row><c t="inlineStr"><is><t>${words(3_000_000)}</t></is></c></row>`))),
        refusal(zip(workbook(laughs, { "xl/sharedStrings.xml": shared }))),
        refusal(zip(workbook(runs))),
        refusal(zip(workbook(header, { "xl/sharedStrings.xml": shared })), {
          sharedStringsHeapBytes: 50_000
        }),
        refusal(zip(workbook(header + "<a>".repeat(100_000))))
      ])
      expect(reasons.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => "TooLarge"))
      expect(reasons.map(({ row }) => row)).toEqual([undefined, 2, 1, undefined, undefined])
    })
  )

  it.effect("when a part holds more than its directory declares", () =>
    Effect.gen(function* () {
      const content = sheetOf(header + "<row><c><v>1</v></c></row>".repeat(50_000))
      const error = yield* refusal(
        zip(workbook(header, { "xl/worksheets/sheet1.xml": { content, declared: 2_000 } }))
      )
      expect(error.reason).toBe("Malformed")
    })
  )

  it.effect("when its XML is broken or declares entities, and keeps the rows before that", () =>
    Effect.gen(function* () {
      const broken = zip(
        workbook(`${header}<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"></row>`)
      )
      const entities = sheetOf(`${header}<row r="2"><c r="A2" t="str"><v>&lol;</v></c></row>`).replace(
        "<worksheet",
        `<!DOCTYPE w [<!ENTITY lol "lollollol">]><worksheet`
      )
      const seen: Array<RowSource.Event> = []

      const error = yield* ReadRows.fromFile(file("broken.xlsx", broken)).pipe(
        Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
        Effect.flip,
        Effect.provide(NodeFileSystem.layer)
      )

      expect(error.reason).toBe("Malformed")
      expect(seen.flatMap((event) => (event._tag === "Rows" ? event.rows : []))).toEqual([
        { index: 2, cells: [1] }
      ])
      expect((yield* refusal(zip(workbook("", { "xl/worksheets/sheet1.xml": entities })))).reason).toBe(
        "Malformed"
      )
    })
  )

  it.effect("when it is cut off, encrypted, no workbook, from before 2007, or empty", () =>
    Effect.gen(function* () {
      const good = zip(workbook(header))
      const errors = yield* Effect.all([
        refusal(good.subarray(0, good.length - 30)),
        refusal(zip(workbook(header, { "xl/worksheets/sheet1.xml": { content: header, flags: 1 } }))),
        refusal(zip({ "readme.txt": "hello" })),
        refusal(Buffer.from("d0cf11e0a1b11ae1", "hex")),
        refusal(zip(workbook("")))
      ])
      expect(errors.map(({ reason }) => reason)).toEqual([
        "Malformed",
        "Unsupported",
        "Unsupported",
        "Unsupported",
        "Empty"
      ])
    })
  )
})
