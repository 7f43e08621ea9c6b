import { Headers } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { OriginPolicy } from "./origin-policy.ts"

const publicUrl = new URL("https://shop.example/app")
const isOurs = (headers: Record<string, string>) =>
  OriginPolicy.isOurs({ headers: Headers.fromInput(headers), publicUrl })

describe("OriginPolicy", () => {
  it("accepts a request that no page sent", () => {
    expect(isOurs({ host: "shop.example" })).toBe(true)
  })

  it("accepts the public address and the address that was called", () => {
    expect(isOurs({ host: "10.0.0.7:3000", origin: "https://shop.example" })).toBe(true)
    expect(isOurs({ host: "localhost:3001", origin: "http://localhost:3001" })).toBe(true)
  })

  it.each([
    "https://evil.example",
    "null",
    "https://shop.example.evil.example",
    "http://localhost:30011",
    ""
  ])("refuses the page %j", (origin) => {
    expect(isOurs({ host: "localhost:3001", origin })).toBe(false)
  })

  it("refuses a foreign page where the request names no host", () => {
    expect(isOurs({ origin: "http://undefined" })).toBe(false)
  })

  it("knows which methods write", () => {
    expect(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].filter(OriginPolicy.isWrite)).toEqual(
      ["POST", "PUT", "PATCH", "DELETE"]
    )
  })
})
