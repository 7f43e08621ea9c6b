import PgBoss from "pg-boss"
import { Sightings } from "../durability/sightings.ts"
import { monotonic } from "../support/monotonic.ts"

/** Fetched and acknowledged by the thousand, looked for as often as it allows: its defaults are 1 and every 2 s. */
const work = { batchSize: 1000, pollingIntervalSeconds: 0.5 }

const start = async ({ url }) => {
  const boss = new PgBoss({ connectionString: url })
  boss.on("error", (error) => console.error(error))
  await boss.start()
  await boss.createQueue("bench")
  await boss.work("bench", work, async (jobs) => {
    for (const { data } of jobs) Sightings.see(data.tag, data.index, data.at)
  })
  return { job: (tag, index) => boss.send("bench", { tag, index, at: monotonic() }) }
}

export { start }
