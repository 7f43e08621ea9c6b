import { randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"

const _hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/**
 * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits, so ids sort by time and cannot
 * be guessed.
 */
const Identifier = {
  uuid: Effect.map(Clock.currentTimeMillis, (millis) => {
    const time = millis.toString(16).padStart(12, "0")
    const random = _hex(randomBytes(10))
    const variant = ((Number.parseInt(random.slice(4, 6), 16) & 0x3f) | 0x80).toString(16).padStart(2, "0")
    return [
      time.slice(0, 8),
      time.slice(8, 12),
      `7${random.slice(1, 4)}`,
      `${variant}${random.slice(6, 8)}`,
      random.slice(8, 20)
    ].join("-")
  })
} as const

export { Identifier }
