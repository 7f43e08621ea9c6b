import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { foreground } from "./launcher/foreground.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { Paths } from "./launcher/paths.ts"
import { runCommand } from "./launcher/run-command.ts"
import { runningInstance } from "./launcher/running-instance.ts"

const folder = Paths.inRepo("load")

// `npm run load -- order` runs load/orders.k6.js; without names every scenario runs, one after the other.
const chosen = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".k6.js")) : []
  return names.length === 0 ? all.sort() : all.filter((file) => names.includes(file.replace(".k6.js", "")))
}

const isInstalled = () => spawnSync("k6", ["version"]).status === 0

const load = Effect.gen(function* () {
  if (!isInstalled()) {
    console.log(
      "k6 is not installed, so no load test ran. Get it from https://grafana.com/docs/k6/latest/set-up/install-k6/"
    )
    return process.env.CI === undefined ? 1 : 0
  }
  const files = chosen(process.argv.slice(2))
  if (files.length === 0)
    return yield* new LaunchError({ message: `There is no such scenario in ${folder}.` })
  const run = yield* runningInstance
  // k6 resolves no packages, so it gets bundles.
  spawnSync(process.execPath, [join(folder, "build.mjs")], { stdio: "inherit" })
  let worst = 0
  for (const file of files) {
    console.log(`\nload/${file}`)
    const outcome = yield* foreground({
      command: "k6",
      args: ["run", Paths.inRepo(join(".build", "load", file.replace(".k6.js", ".js")))],
      env: { BASE_URL: run.url, DEMO_FILE: join(Paths.dataDir(), "demo.json") }
    })
    worst = Math.max(worst, outcome === "timeout" ? 1 : outcome)
  }
  return worst
})

runCommand(load)
