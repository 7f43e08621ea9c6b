import { Queue, Worker } from "bullmq"
import { Sightings } from "../durability/sightings.ts"
import { monotonic } from "../support/monotonic.ts"

const start = async ({ concurrency, redisPort }) => {
  const connection = { host: "127.0.0.1", port: redisPort, maxRetriesPerRequest: null }
  const queue = new Queue("bench", { connection })
  const worker = new Worker("bench", async ({ data }) => Sightings.see(data.tag, data.index, data.at), {
    connection,
    concurrency
  })
  for (const each of [queue, worker]) each.on("error", (error) => console.error(error))
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return { job: (tag, index) => queue.add("bench", { tag, index, at: monotonic() }) }
}

export { start }
