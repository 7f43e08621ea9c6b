import { describe, expect, it } from "vitest"
import { SignInSearch } from "./sign-in-search.ts"

describe("SignInSearch", () => {
  it("leads back to a page of this app", () => {
    expect(SignInSearch.read({ to: "/orders?status=placed" })).toEqual({ to: "/orders?status=placed" })
  })

  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])(
    "never leads to %s",
    (to) => {
      expect(SignInSearch.read({ to })).toEqual({})
    }
  )
})
