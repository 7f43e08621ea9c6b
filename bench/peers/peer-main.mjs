// One process of a peer: `node --import tsx bench/peers/peer-main.mjs <name>`, started by the durability bench.
import { serve } from "../durability/serve.ts"

const [name] = process.argv.slice(2)
const processes = Number(process.env.BENCH_PROCESSES)
const { start } = await import(`./${name}.mjs`)

const loads = await start({
  url: process.env.DATABASE_URL ?? "",
  redisPort: Number(process.env.REDIS_PORT),
  number: process.env.BENCH_NUMBER ?? "1",
  // Of each process, so that all together have as many under way as one alone.
  concurrency: Math.ceil(64 / processes)
})
process.on("SIGTERM", () => process.exit(0))
serve({ loads, share: async () => 1 / processes })
