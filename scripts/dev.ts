import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { attempt } from "./launcher/attempt.ts"
import { type ChildProcess } from "./launcher/child-process.ts"
import { foreground } from "./launcher/foreground.ts"
import { launch } from "./launcher/launch.ts"
import { Paths } from "./launcher/paths.ts"
import { runCommand } from "./launcher/run-command.ts"
import { Settings } from "./launcher/settings.ts"
import { Summary } from "./launcher/summary.ts"

const say = (line: string) => console.log(line)
const webPort = process.env.WEB_PORT ?? "5173"
const webUrl = `http://localhost:${webPort}`

// The sources themselves, through tsx: nothing is built.
const source = (file: string, ...tsxArgs: ReadonlyArray<string>): ChildProcess.Program => ({
  command: process.execPath,
  args: [Paths.inRepo("node_modules/tsx/dist/cli.mjs"), ...tsxArgs, Paths.inRepo(file)],
  marker: Paths.inRepo(file)
})

const optional = (name: string, file: string) =>
  existsSync(Paths.inRepo(file)) ? { [name]: source(file) } : {}

const dev = Effect.gen(function* () {
  const settings = yield* attempt(async () => Settings.read())
  const running = yield* launch({
    ...settings,
    replicas: 1,
    programs: {
      ...optional("migrate", "apps/api/src/migrate-main.ts"),
      ...optional("seed", "apps/api/src/seed-main.ts"),
      ...optional("sandbox", "apps/api/sandbox/provider-main.ts"),
      ...optional("receiver", "apps/api/sandbox/receiver-main.ts"),
      replica: source("apps/api/src/main.ts", "watch", "--clear-screen=false")
    },
    // The browser talks to Vite, which passes /v1, /rpc and the like on to API_ORIGIN.
    env: { NODE_ENV: "development", PUBLIC_URL: webUrl },
    watchLiveness: false,
    marker: fileURLToPath(import.meta.url),
    say
  })
  say(Summary.of(settings.dataDir, webUrl, running.url, 1))
  yield* foreground({
    command: process.execPath,
    args: [
      Paths.inRepo("node_modules/vite/bin/vite.js"),
      "--port",
      webPort,
      "--strictPort",
      "--clearScreen",
      "false"
    ],
    cwd: Paths.inRepo("apps/web"),
    env: { API_ORIGIN: running.url }
  })
  say("Vite ended, so everything stops.")
  return 1
}).pipe(
  Effect.scoped,
  Effect.onInterrupt(() => Effect.sync(() => say("Stopped.")))
)

runCommand(dev)
