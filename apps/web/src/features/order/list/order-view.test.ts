import { describe, expect, it } from "vitest"
import { OrderSearch } from "./order-search.ts"
import { OrderView } from "./order-view.ts"

const own: OrderView.Model = { name: "Ada", filters: { status: "open", search: "ada" } }

describe("OrderView", () => {
  it("comes back from the browser's storage as it went there", () => {
    expect(OrderView.read(OrderView.write([own]))).toEqual([own])
  })

  it("is nothing where the storage holds something else", () => {
    expect([undefined, "", "nonsense", "{}", '[{"name":1}]'].map(OrderView.read)).toEqual([
      [],
      [],
      [],
      [],
      []
    ])
  })

  it("has a name of its own", () => {
    expect(["ada", " Cancelled", "Bea"].map((name) => OrderView.isFree(name, [own]))).toEqual([
      false,
      false,
      true
    ])
  })
})

describe("OrderSearch", () => {
  it("is the same view on every page of it, and leaves out what does not decode", () => {
    expect(OrderSearch.isSame(OrderSearch.read({ status: "open", cursor: "x" }), { status: "open" })).toBe(
      true
    )
    expect(OrderSearch.isSame(OrderSearch.read({ status: "lost" }), {})).toBe(true)
    expect(OrderSearch.isSame({ approval: "pending" }, {})).toBe(false)
  })
})
