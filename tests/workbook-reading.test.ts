import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeFileSystem } from "@effect/platform-node"
import { ReadRows } from "@tessera/infra/workers/read-rows"
import { type RowSource } from "@tessera/infra/workers/row-source"
import { Chunk, Effect, Stream } from "effect"
import { readXlsx } from "hucre"
import { afterAll, describe, expect, it } from "vitest"
import { WorkbookGenerator } from "./workbook-generator.ts"

const folder = mkdtempSync(join(tmpdir(), "workbook-reading-"))
afterAll(() => rmSync(folder, { recursive: true }))

const read = (path: string): Promise<ReadonlyArray<RowSource.Row>> =>
  ReadRows.fromFile(path).pipe(
    Stream.mapConcat((event) => (event._tag === "Rows" ? event.rows : [])),
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray),
    Effect.provide(NodeFileSystem.layer),
    Effect.runPromise
  )

/** The facts of a retail sheet, found in the rows instead of known from the making. */
const factsOf = (rows: ReadonlyArray<RowSource.Row>) => {
  const rejected = ({ cells }: RowSource.Row) =>
    Number(cells[3]) <= 0 || Number(cells[5]) <= 0 || /\D/.test(String(cells[0]))
  const invoices = (some: ReadonlyArray<RowSource.Row>) =>
    new Set(some.map(({ cells }) => String(cells[0]))).size
  return {
    rows: rows.length,
    distinctInvoices: invoices(rows),
    distinctCodes: new Set(rows.map(({ cells }) => String(cells[1]).toUpperCase())).size,
    goodInvoices: invoices(rows.filter((row) => !rejected(row))),
    rejectedRows: rows.filter(rejected).length
  }
}

describe("a generated retail sheet", () => {
  const sheet = WorkbookGenerator.retail({ seed: 11, rows: 5_000 })

  it("is read from xlsx as another reader reads it", async () => {
    const path = join(folder, "retail.xlsx")
    await WorkbookGenerator.writeXlsx(path, sheet)

    const rows = await read(path)

    const oracle = (await readXlsx(readFileSync(path))).sheets[0]?.rows.slice(1) ?? []
    expect(factsOf(rows)).toEqual(sheet.facts)
    expect(rows.map(({ cells }) => cells)).toEqual(
      oracle.map((row) => row.map((cell) => (cell instanceof Date ? cell.toISOString() : cell)))
    )
  })

  it.each([
    { delimiter: ",", bom: false },
    { delimiter: ";", bom: true },
    { delimiter: "\t", bom: false },
    { delimiter: "|", bom: true }
  ])("is read from text with $delimiter", async (options) => {
    const path = join(folder, "retail.csv")
    await WorkbookGenerator.writeCsv(path, sheet, options)

    const rows = await read(path)

    expect(factsOf(rows)).toEqual(sheet.facts)
    expect(rows.at(-1)?.index).toBe(5_001)
  })
})

const real = process.env.ONLINE_RETAIL_XLSX ?? ""

it.skipIf(!existsSync(real))(
  "the first 20,000 lines of the Online Retail workbook are read as they are",
  async () => {
    const rows = await read(real)

    expect(factsOf(rows)).toEqual({
      rows: 20_000,
      distinctInvoices: 938,
      distinctCodes: 2_368,
      goodInvoices: 756,
      rejectedRows: 398
    })
    expect(rows.filter(({ cells }) => cells[6] === null)).toHaveLength(6_653)
    expect(rows.filter(({ cells }) => cells[2] === null)).toHaveLength(71)
    expect(rows[0]?.cells[4]).toBe("2010-12-01T08:26:00.000Z")
  }
)
