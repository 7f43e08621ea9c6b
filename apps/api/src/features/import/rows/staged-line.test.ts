import { Either } from "effect"
import { describe, expect, it } from "vitest"
import { type ImportCell } from "./import-cell.ts"
import { StagedLine } from "./staged-line.ts"

const order = (cells: Record<string, ImportCell.Cell>) =>
  StagedLine.read(
    "orders",
    (field) => ({ number: 536365, sku: "a1", quantity: 6, price: 2.55, ...cells })[field] ?? null
  )
const product = (cells: Record<string, ImportCell.Cell>) =>
  StagedLine.read("products", (field) => ({ sku: " b2 ", price: "1", ...cells })[field] ?? null)

describe("a row of an order", () => {
  it("is read with upper-cased codes, numbers as text and the name of the code where it has none", () => {
    expect(order({ sku: 71053, customer: 17850, country: " France " })).toEqual(
      Either.right({
        key: "536365",
        line: {
          sku: "71053",
          name: "71053",
          quantity: 6,
          unitPriceMinor: 255,
          customer: "17850",
          country: "France"
        }
      })
    )
    expect(Either.getOrThrow(order({ sku: "85123a" })).line).toMatchObject({ sku: "85123A", customer: null })
  })

  it.each([
    [{ number: "C536379" }, "invoice C536379 is a credit note or lettered, not an order"],
    [{ number: null }, "invoice is missing"],
    [{ quantity: 0 }, "quantity must be above 0"],
    [{ quantity: 1.5 }, "quantity must be a whole number"],
    [{ quantity: 100_001 }, "quantity must be at most 100000"],
    [{ price: 0 }, "price must be above 0"],
    [{ price: "n/a" }, "price is not a number"],
    [{ sku: "?" }, "sku must be a code of up to 40 capital letters, digits, spaces and . _ / -"],
    [
      { number: "c1", quantity: -1, price: null },
      "invoice C1 is a credit note or lettered, not an order; quantity must be above 0; price is missing"
    ]
  ])("%o is refused with all its reasons", (cells, reason) => {
    expect(order(cells)).toEqual(Either.left(reason))
  })
})

describe("a row of a product", () => {
  it.each([
    ["1,234.50", 123_450],
    ["2,55", 255],
    ["€ 2.675", 268],
    [0.29, 29],
    [0, 0]
  ])("costs %s as %i minor units", (price, priceMinor) => {
    expect(product({ price })).toEqual(
      Either.right({ key: "B2", line: { name: null, priceMinor, stock: null } })
    )
  })

  it("is refused with a price below nothing or a stock that is none", () => {
    expect(product({ price: -1, stock: "-2" })).toEqual(
      Either.left("price must not be below 0; stock must not be below 0")
    )
  })

  it("gives way to a later row, but not to that row's silence", () => {
    const lines = [
      { name: "One", priceMinor: 100, stock: 5 },
      { name: "Two", priceMinor: 200, stock: null },
      { name: null, priceMinor: 0, stock: null }
    ]

    expect(StagedLine.product("A", 3, lines)).toEqual({
      row: 3,
      sku: "A",
      name: "Two",
      priceMinor: 200,
      initial: 5
    })
    expect(StagedLine.product("A", 1, lines.slice(2))).toMatchObject({
      name: "A",
      priceMinor: 0,
      initial: 10_000
    })
  })
})
