import { Dashboard } from "@tessera/shared/dashboard/dashboard"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({ range: Schema.optional(Dashboard.Range) })

/**
 * The range of the dashboard, as it stands in the URL; a day when it says none or one that does not exist.
 */
const DashboardSearch = { read: SearchParams.lenient(_Search, {}) } as const

export { DashboardSearch }
