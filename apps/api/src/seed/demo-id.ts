import { createHash } from "node:crypto"

/**
 * The same name gives the same UUID (version 8, RFC 9562), so that a second seeding finds what the first
 * one made.
 */
const DemoId = {
  of: (...name: ReadonlyArray<string | number>): string => {
    const hex = createHash("sha256")
      .update(["tessera-demo", ...name].join("/"))
      .digest("hex")
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `8${hex.slice(17, 20)}`,
      hex.slice(20, 32)
    ].join("-")
  }
} as const

export { DemoId }
