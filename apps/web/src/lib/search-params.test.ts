import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { SearchParams } from "./search-params.ts"

const schema = Schema.Struct({
  status: Schema.optional(Schema.Literal("placed", "fulfilled")),
  search: Schema.optional(Schema.String)
})

describe("SearchParams", () => {
  it("keeps a number that a person searches for as text", () => {
    expect(SearchParams.parse("?search=1001&status=placed")).toEqual({ search: "1001", status: "placed" })
  })

  it("writes only what is set", () => {
    expect(SearchParams.stringify({ status: undefined, search: "a b", cursor: "" })).toBe("?search=a+b")
    expect(SearchParams.stringify({ status: undefined })).toBe("")
  })

  it("reads back what it wrote", () => {
    const values = { search: 'a&b="c"', cursor: "eyJpZCI6MX0=" }

    expect(SearchParams.parse(SearchParams.stringify(values))).toEqual(values)
  })

  it("drops filters that no longer exist instead of failing the page", () => {
    const read = SearchParams.lenient(schema, {})

    expect(read({ status: "placed" })).toEqual({ status: "placed" })
    expect(read({ status: "lost" })).toEqual({})
  })
})
