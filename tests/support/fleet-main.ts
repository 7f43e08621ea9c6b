// What `npm start` does, for the tests: node --import tsx fleet-main.ts <dataDir> <port>. It is started with an IPC
// channel; when the process at the other end is gone, however it ended, everything stops and the folder goes too.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { attempt } from "../../scripts/launcher/attempt.ts"
import { buildApp } from "../../scripts/launcher/build-app.ts"
import { ChildProcess } from "../../scripts/launcher/child-process.ts"
import { launch } from "../../scripts/launcher/launch.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { runCommand } from "../../scripts/launcher/run-command.ts"

const [dataDir = "", port = ""] = process.argv.slice(2)
const program = (name: string) => ChildProcess.node(join(Paths.build, "api", `${name}.js`))
const say = (line: string) => console.log(line)

runCommand(
  Effect.gen(function* () {
    yield* Effect.acquireRelease(Effect.void, () =>
      Effect.sync(() => rmSync(dataDir, { recursive: true, force: true }))
    )
    yield* attempt(() => buildApp(say))
    yield* launch({
      dataDir,
      port: Number(port),
      hosts: ["127.0.0.1"],
      replicas: 3,
      databaseUrl: undefined,
      postgresPort: undefined,
      programs: {
        migrate: program("migrate"),
        seed: program("seed"),
        sandbox: program("sandbox"),
        receiver: program("receiver"),
        replica: program("main")
      },
      watchLiveness: true,
      marker: fileURLToPath(import.meta.url),
      say
    })
    process.send?.("ready")
    return yield* Effect.never
  }).pipe(Effect.scoped)
)
