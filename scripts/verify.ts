import { existsSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { foreground } from "./launcher/foreground.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { Paths } from "./launcher/paths.ts"
import { runCommand } from "./launcher/run-command.ts"
import { runningInstance } from "./launcher/running-instance.ts"

const program = join(Paths.build, "api", "verify.js")

const verify = Effect.gen(function* () {
  const run = yield* runningInstance
  if (!existsSync(program)) {
    return yield* new LaunchError({ message: `${program} is missing. Build it first: npm run build` })
  }
  const outcome = yield* foreground({
    command: process.execPath,
    args: ["--enable-source-maps", program, ...process.argv.slice(2)],
    env: run.env
  })
  return outcome === "timeout" ? 1 : outcome
})

runCommand(verify)
