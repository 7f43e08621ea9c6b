import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseCsv, readXlsx } from "hucre"
import { afterAll, describe, expect, it } from "vitest"
import { WorkbookGenerator } from "./workbook-generator.ts"

const folder = mkdtempSync(join(tmpdir(), "workbook-generator-"))
afterAll(() => rmSync(folder, { recursive: true }))

const count = <A>(items: Iterable<A>, predicate: (item: A) => boolean) => [...items].filter(predicate).length

describe("generated retail sheets", () => {
  const sheet = WorkbookGenerator.retail({ seed: 7, rows: 20_000 })
  const lines = [...sheet.lines()]

  it("are the same for the same seed and others for another", () => {
    expect([...WorkbookGenerator.retail({ seed: 7, rows: 500 }).lines()]).toEqual([
      ...WorkbookGenerator.retail({ seed: 7, rows: 500 }).lines()
    ])
    expect([...WorkbookGenerator.retail({ seed: 8, rows: 500 }).lines()]).not.toEqual([
      ...WorkbookGenerator.retail({ seed: 7, rows: 500 }).lines()
    ])
  })

  it("have the mess of a real one in about its proportions", () => {
    expect(lines.length).toBe(20_000)
    expect(sheet.facts.distinctInvoices).toBeGreaterThan(700)
    expect(sheet.facts.distinctInvoices).toBeLessThan(1_300)
    expect(sheet.facts.distinctCodes).toBeGreaterThan(2_000)
    expect(sheet.facts.rejectedRows).toBeGreaterThan(200)
    expect(sheet.facts.rejectedRows).toBeLessThan(800)
    expect(count(lines, (line) => line[6] === null) / 20_000).toBeCloseTo(0.33, 1)
    expect(count(lines, (line) => line[2] === null)).toBeGreaterThan(30)
    expect(count(lines, (line) => typeof line[1] === "number")).toBeGreaterThan(8_000)
    expect(count(lines, (line) => /[a-z]$/.test(String(line[1])))).toBeGreaterThan(50)
    expect(count(lines, (line) => String(line[0]).startsWith("C") && Number(line[3]) < 0)).toBeGreaterThan(
      100
    )
    expect(count(lines, (line) => String(line[0]).startsWith("A"))).toBeGreaterThan(0)
    expect(count(lines, (line) => Number(line[5]) === 0)).toBeGreaterThan(20)
    expect(count(lines, (line) => Number(line[5]) < 0)).toBeGreaterThan(0)
  })

  it("are the same sheet as xlsx and as csv", async () => {
    const small = WorkbookGenerator.retail({ seed: 3, rows: 300 })
    const [xlsx, csv] = [join(folder, "retail.xlsx"), join(folder, "retail.csv")]

    await WorkbookGenerator.writeXlsx(xlsx, small)
    await WorkbookGenerator.writeCsv(csv, small)

    const workbook = await readXlsx(readFileSync(xlsx))
    const text = parseCsv(readFileSync(csv, "utf8"))
    expect(workbook.sheets[0]?.rows.length).toBe(301)
    expect(workbook.sheets[0]?.rows[1]?.slice(0, 6)).toEqual([...small.lines()][0]?.slice(0, 6))
    expect(text.length).toBe(301)
    expect(text[0]).toEqual(small.columns)
    expect(text.slice(1).map((row) => row[0])).toEqual([...small.lines()].map((row) => String(row[0])))
    expect(text.slice(1).map((row) => row[2])).toEqual([...small.lines()].map((row) => row[2] ?? ""))
  })
})

it("generates products with as many different skus as rows", () => {
  const products = WorkbookGenerator.products({ rows: 250 })

  expect(new Set([...products.lines()].map(([sku]) => sku)).size).toBe(products.facts.distinctSkus)
  expect(products.facts).toEqual({ rows: 250, distinctSkus: 250 })
})
