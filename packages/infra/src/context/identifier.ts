import { randomUUID } from "node:crypto"
import { Clock, Effect } from "effect"

/**
 * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits, so ids sort by time and cannot
 * be guessed.
 */
const Identifier = {
  uuid: Effect.map(Clock.currentTimeMillis, (millis) => {
    const time = millis.toString(16).padStart(12, "0")
    // Behind its version a random UUID has the variant and 74 random bits, as version 7 wants them.
    return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${randomUUID().slice(15)}`
  })
} as const

export { Identifier }
