import { Logger, run } from "graphile-worker"
import { Sightings } from "../durability/sightings.ts"
import { monotonic } from "../support/monotonic.ts"

/** `preset` is on top of its defaults. */
const startWith = async ({ concurrency, url }, preset = {}) => {
  const runner = await run({
    connectionString: url,
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === "error" || level === "warning") console.error(message)
    }),
    preset: { worker: { concurrentJobs: concurrency, ...preset } },
    taskList: {
      bench: async ({ at, index, tag }) => Sightings.see(tag, index, at)
    }
  })
  return { job: (tag, index) => runner.addJob("bench", { tag, index, at: monotonic() }) }
}

const start = (options) => startWith(options)

export { start, startWith }
