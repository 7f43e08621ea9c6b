import { createHash, randomUUID } from "node:crypto"
import { Clock, Effect } from "effect"

/** Ours, as RFC 9562 wants one: names of other programs mean other things. */
const _namespace = Buffer.from("6f0d1c52a3b84e1f9d0c7b6a5e4f3d21", "hex")

/**
 * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits, so ids sort by time and cannot
 * be guessed.
 */
const Identifier = {
  uuid: Effect.map(Clock.currentTimeMillis, (millis) => {
    const time = millis.toString(16).padStart(12, "0")
    // Behind its version a random UUID has the variant and 74 random bits, as version 7 wants them.
    return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${randomUUID().slice(15)}`
  }),
  /**
   * UUID version 5 (RFC 9562): the same for the same name, for what may have to be said twice. The name must
   * be unique in the tenant, like `fulfil-order/<id>/shipped`.
   */
  named: (name: string): string => {
    const digest = createHash("sha1").update(_namespace).update(name).digest()
    const hex = Buffer.concat([
      digest.subarray(0, 6),
      Buffer.from([(digest.readUInt8(6) & 0x0f) | 0x50, digest.readUInt8(7)]),
      Buffer.from([(digest.readUInt8(8) & 0x3f) | 0x80]),
      digest.subarray(9, 16)
    ]).toString("hex")
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
  }
} as const

export { Identifier }
