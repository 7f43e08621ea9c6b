import { Effect } from "effect"
import { attempt } from "./launcher/attempt.ts"
import { buildApp } from "./launcher/build-app.ts"
import { runCommand } from "./launcher/run-command.ts"

// `--force` builds also what has not changed.
const force = process.argv.includes("--force")

runCommand(
  Effect.as(
    attempt(() => buildApp((line) => console.log(line), { force })),
    0
  )
)
