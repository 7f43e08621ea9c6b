import { JobIndexes } from "@tessera/infra/tenancy/job-indexes"

/** 0010. One index in the order of lanes, and none whose predicate makes a claim write to all of them. */
const TuneJobs = JobIndexes.tune

export { TuneJobs }
