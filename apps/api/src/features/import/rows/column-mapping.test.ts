import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { ColumnMapping } from "./column-mapping.ts"

const retail = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
  "Country"
]

describe("the guess of a mapping", () => {
  it("knows a retail file, as orders and as products", () => {
    expect(ColumnMapping.guess("orders", retail)).toEqual({
      number: "InvoiceNo",
      sku: "StockCode",
      name: "Description",
      quantity: "Quantity",
      price: "UnitPrice",
      customer: "CustomerID",
      country: "Country"
    })
    expect(ColumnMapping.guess("products", retail)).toEqual({
      sku: "StockCode",
      name: "Description",
      price: "UnitPrice"
    })
  })

  it("takes similar names, and never a date", () => {
    expect(
      ColumnMapping.guess("orders", [
        "Invoice Date",
        "Order number",
        "Product code",
        "Qty ordered",
        "unit_price (EUR)"
      ])
    ).toEqual({
      number: "Order number",
      sku: "Product code",
      quantity: "Qty ordered",
      price: "unit_price (EUR)"
    })
    expect(ColumnMapping.guess("orders", ["Invoice Date", "x", ""])).toEqual({})
  })

  it("gives a column to one field only", () => {
    const mapping = ColumnMapping.guess("products", ["code", "product", "price", "list price"])

    expect(mapping).toEqual({ sku: "code", name: "product", price: "price" })
  })
})

describe("a remembered mapping", () => {
  const remembered = Option.some({
    columns: ["Ref", "price", "stock"],
    mapping: { sku: "Ref", price: "price" }
  })

  it("is used to the letter for the same columns", () => {
    expect(ColumnMapping.choose("products", ["Ref", "price", "stock"], remembered)).toEqual({
      sku: "Ref",
      price: "price"
    })
  })

  it("goes before the guess for other columns, where it fits", () => {
    expect(ColumnMapping.choose("products", ["sku", "Ref", "stock"], remembered)).toEqual({
      sku: "Ref",
      stock: "stock"
    })
  })
})

it("reads cells by the mapping, and nothing where a field has no column", () => {
  const read = ColumnMapping.reader({ sku: "b" }, ["a", "b"])

  expect([read([1, 2], "sku"), read([1], "sku"), read([1, 2], "price")]).toEqual([2, null, null])
})
