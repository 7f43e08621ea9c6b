import { DBOS } from "@dbos-inc/dbos-sdk"
import { Sightings } from "../durability/sightings.ts"
import { monotonic } from "../support/monotonic.ts"

const step = (name) => DBOS.runStep(async () => name, { name })

const confirm = (fails) =>
  DBOS.runStep(
    async () => {
      if (fails) throw new Error("refused")
      return "confirm"
    },
    { name: "confirm" }
  )

const undo = async (tag, index) => {
  for (const [number, name] of ["refund", "release"].entries()) {
    await step(name)
    Sightings.see(`${tag}/undo`, 2 * index + number, 0)
  }
}

const saga = DBOS.registerWorkflow(
  async (tag, index, fails) => {
    await step("reserve")
    await step("charge")
    try {
      await confirm(fails)
    } catch (error) {
      await undo(tag, index)
      throw error
    }
  },
  { name: "saga" }
)

const job = DBOS.registerWorkflow(async (tag, index, at) => Sightings.see(tag, index, at), { name: "job" })

const runSaga = (tag, index, fails) =>
  DBOS.withNextWorkflowID(`${tag}/${index}`, () => saga(tag, index, fails))

const refused = (failing) =>
  failing.then(
    () => Promise.reject(new Error("The saga did not fail.")),
    () => undefined
  )

/** A saga that is refused is what was asked for, and is said with a stack each time otherwise. */
const logger = {
  info: () => undefined,
  debug: () => undefined,
  warn: (entry) => console.error(entry),
  error: (entry) => {
    if (!String(entry).includes("refused")) console.error(entry)
  }
}

const start = async ({ concurrency, number, url }) => {
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    executorID: `bench-${number}`,
    logger,
    // 10 by default, which holds 64 sagas back.
    systemDatabasePoolSize: 40
  })
  await DBOS.launch()
  // Looked at every second by default.
  await DBOS.registerQueue("bench", { workerConcurrency: concurrency, minPollingIntervalMs: 20 })
  return {
    job: (tag, index) => DBOS.startWorkflow(job, { queueName: "bench" })(tag, index, monotonic()),
    saga: (tag, index) => runSaga(tag, index, false),
    failing: (tag, index) => refused(runSaga(tag, index, true))
  }
}

export { start }
