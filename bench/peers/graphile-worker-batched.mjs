import { startWith } from "./graphile-worker.mjs"

/** As its page on performance has it: jobs are fetched by the hundred and their ends are written together. */
const start = (options) =>
  startWith(options, { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 })

export { start }
