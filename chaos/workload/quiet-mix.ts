import { type WorkloadOptions } from "./workload-options.ts"

/** Places no orders: whoever comes to a failpoint carries the case's own. */
const quietMix: WorkloadOptions.Mix = {
  ...{ place: 0, cancel: 0, retry: 0, refund: 0, reserve: 0, restock: 5 },
  ...{ import: 0, list: 30, detail: 0, dashboard: 10 }
}

export { quietMix }
