import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { attempt } from "./launcher/attempt.ts"
import { buildApp } from "./launcher/build-app.ts"
import { ChildProcess } from "./launcher/child-process.ts"
import { launch } from "./launcher/launch.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { Paths } from "./launcher/paths.ts"
import { runCommand } from "./launcher/run-command.ts"
import { Settings } from "./launcher/settings.ts"
import { Summary } from "./launcher/summary.ts"

const say = (line: string) => console.log(line)

const bundle = (name: string): ChildProcess.Program | undefined => {
  const file = join(Paths.build, "api", `${name}.js`)
  return existsSync(file) ? ChildProcess.node(file) : undefined
}

const programs = Effect.suspend(() => {
  const replica = bundle("main")
  const optional = Object.fromEntries(
    ["migrate", "seed", "sandbox", "receiver"].flatMap((name) => {
      const program = bundle(name)
      return program === undefined ? [] : [[name, program]]
    })
  )
  return replica === undefined
    ? Effect.fail(new LaunchError({ message: "There is no API to start: apps/api/src/main.ts is missing." }))
    : Effect.succeed({ ...optional, replica })
})

const start = Effect.gen(function* () {
  const settings = yield* attempt(async () => Settings.read())
  yield* attempt(() => buildApp(say))
  const running = yield* launch({
    ...settings,
    programs: yield* programs,
    watchLiveness: true,
    marker: fileURLToPath(import.meta.url),
    say
  })
  say(Summary.of(settings.dataDir, running.url, running.url, settings.replicas))
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.onInterrupt(() => Effect.sync(() => say("Stopped.")))
)

runCommand(start)
