import { join } from "node:path"
import { type Plugin } from "esbuild"
import { buildApp } from "../../scripts/launcher/build-app.ts"
import { bundle } from "../../scripts/launcher/bundle.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { liveFailpoints } from "./live-failpoints.ts"
import { nextRelease } from "./next-release.ts"

/** `.build/chaos`: like `.build/api`, with live failpoints and the probes. */
const folder = join(Paths.build, "chaos")

const release = (outdir: string, ...more: ReadonlyArray<Plugin>) =>
  bundle({
    outdir,
    entries: [
      ["replica", "chaos/replica-main.ts"],
      ["crowd", "chaos/crowd-main.ts"],
      ["parse-worker", "packages/infra/src/workers/parse-worker.ts"]
    ],
    plugins: [liveFailpoints, ...more]
  })

/** Builds the product, and beside it the replica of the test bed: as this release and as the one after it has it. */
const buildChaos = async (say: (line: string) => void): Promise<string> => {
  await buildApp(say)
  await release(folder)
  await release(`${folder}-next`, nextRelease)
  return folder
}

export { buildChaos }
