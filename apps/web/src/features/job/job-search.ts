import { Job } from "@tessera/shared/job/job"
import { Schema } from "effect"
import { SearchParams } from "../../lib/search-params.ts"

const _Search = Schema.Struct({
  status: Schema.optional(Job.Status),
  cursor: Schema.optional(Schema.String)
})

/** The filters of the job list, as they stand in the URL. */
const JobSearch = { read: SearchParams.lenient(_Search, {}) } as const

declare namespace JobSearch {
  type Value = typeof _Search.Type
}

export { JobSearch }
