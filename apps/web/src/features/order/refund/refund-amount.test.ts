import { Option } from "effect"
import { describe, expect, it } from "vitest"
import { RefundAmount } from "./refund-amount.ts"

describe("RefundAmount", () => {
  it.each([
    ["12", 1200],
    ["12.5", 1250],
    ["12.50", 1250],
    ["12,50", 1250],
    [" 0.01 ", 1],
    ["0", 0],
    ["1,234", 123_400],
    ["1,234.5", 123_450],
    ["12,345,678.90", 1_234_567_890],
    // As a fraction it would be 114.99 and something, and a cent would be lost.
    ["1.15", 115],
    ["4.35", 435],
    ["90071992547.09", 9_007_199_254_709]
  ])("reads %s as %i minor units", (text, minor) => {
    expect(RefundAmount.parse(text)).toEqual(Option.some(minor))
  })

  it.each([
    "",
    " ",
    "abc",
    "-1",
    "+1",
    "1e3",
    ".5",
    "5.",
    "1.234",
    "1.2.3",
    "12,34,567",
    "1234,567",
    "€5",
    "1 000"
  ])("does not guess what %j means", (text) => {
    expect(RefundAmount.parse(text)).toEqual(Option.none())
  })

  it("refuses what is too large to be counted exactly", () => {
    expect(RefundAmount.parse("999,999,999,999,999.99")).toEqual(Option.none())
  })

  it.each([0, 1, 99, 100, 123_456, 9_007_199_254_709])("writes %i so that it reads the same", (minor) => {
    expect(RefundAmount.parse(RefundAmount.text(minor))).toEqual(Option.some(minor))
  })

  it("writes two decimals always", () => {
    expect([RefundAmount.text(5), RefundAmount.text(123_450)]).toEqual(["0.05", "1234.50"])
  })
})
