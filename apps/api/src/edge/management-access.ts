import { createHash, timingSafeEqual } from "node:crypto"
import { type Headers } from "@effect/platform"
import { Option, Redacted } from "effect"
import { type EdgeSettings } from "./edge-settings.ts"

/** Who may look behind the scenes: the holder of `MANAGEMENT_TOKEN`; in the demo, everyone. */
const ManagementAccess = {
  allows: (headers: Headers.Headers, { demo, managementToken }: EdgeSettings.Shape): boolean =>
    demo ||
    Option.exists(managementToken, (token) =>
      timingSafeEqual(_digest(`Bearer ${Redacted.value(token)}`), _digest(headers.authorization ?? ""))
    )
} as const

/** Equal lengths for a comparison that tells nothing by its duration. */
const _digest = (text: string): Buffer => createHash("sha256").update(text).digest()

export { ManagementAccess }
