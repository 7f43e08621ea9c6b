import { describe, expect, it } from "vitest"
import { linesText } from "./lines-text.ts"

describe("the text of lines", () => {
  it("is sorted by sku, also where one sku begins with another", () => {
    const lines = ["S-187", "S-1", "S-137"].map((sku) => ({ sku, quantity: 2 }))

    expect(linesText(lines)).toBe("S-1×2 S-137×2 S-187×2")
  })

  it("is sorted by quantity where a sku comes twice", () => {
    expect(linesText([10, 9].map((quantity) => ({ sku: "S", quantity })))).toBe("S×9 S×10")
  })
})
