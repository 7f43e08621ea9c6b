import { join } from "node:path"
import { buildApp } from "../../scripts/launcher/build-app.ts"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { liveFailpoints } from "./live-failpoints.ts"

/** `.build/chaos`: like `.build/api`, with live failpoints and the probes. */
const folder = join(Paths.build, "chaos")

/** Builds the product, and beside it the replica of the test bed. */
const buildChaos = async (say: (line: string) => void): Promise<string> => {
  await buildApp(say)
  await bundle({
    outdir: folder,
    entries: [
      ["replica", "chaos/replica-main.ts"],
      ["crowd", "chaos/crowd-main.ts"],
      ["parse-worker", "packages/infra/src/workers/parse-worker.ts"]
    ],
    plugins: [liveFailpoints]
  })
  return folder
}

export { buildChaos }
