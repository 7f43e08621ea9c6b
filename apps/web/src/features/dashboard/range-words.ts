import { type Dashboard } from "@tessera/shared/dashboard/dashboard"

/** How the ranges are called on the page. */
const RangeWords = {
  "1h": { short: "1 h", long: "last hour" },
  "24h": { short: "24 h", long: "last 24 hours" },
  "7d": { short: "7 d", long: "last 7 days" },
  "30d": { short: "30 d", long: "last 30 days" }
} as const satisfies Record<Dashboard.Range, { readonly short: string; readonly long: string }>

export { RangeWords }
