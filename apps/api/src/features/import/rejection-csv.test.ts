import { expect, it } from "vitest"
import { RejectionCsv } from "./rejection-csv.ts"

it.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1+1", "'-1+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\tx", '"\'\tx"'],
  ["\rx", '"\'\rx"'],
  ['a "b", c', '"a ""b"", c"'],
  ["two\nlines", '"two\nlines"'],
  [" x", '" x"'],
  ["plain", "plain"],
  [-6, "-6"],
  [true, "true"],
  [null, ""]
])("the cell %j is written as %j", (cell, text) => {
  expect(RejectionCsv.line({ cells: [cell], reason: "no" }, 1)).toBe(`${text},no\r\n`)
})

it("ends with the reason under its own heading, whatever the length of the row", () => {
  expect(RejectionCsv.header(["a", "b"])).toBe("a,b,reason\r\n")
  expect(RejectionCsv.line({ cells: ["1"], reason: "x; y" }, 2)).toBe("1,,x; y\r\n")
})
