// What scripts/start.ts does, with stand-in programs: node --import tsx start.ts <dataDir> <port>
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { ChildProcess } from "../../scripts/launcher/child-process.ts"
import { launch } from "../../scripts/launcher/launch.ts"
import { runCommand } from "../../scripts/launcher/run-command.ts"

const [dataDir = "", port = ""] = process.argv.slice(2)
const fixture = (name: string, ...args: ReadonlyArray<string>) =>
  ChildProcess.node(fileURLToPath(new URL(name, import.meta.url)), ...args)

runCommand(
  Effect.scoped(
    Effect.gen(function* () {
      yield* launch({
        dataDir,
        port: Number(port),
        hosts: ["127.0.0.1"],
        replicas: 3,
        databaseUrl: undefined,
        postgresPort: undefined,
        programs: {
          migrate: fixture("./step.mjs", "migrate"),
          seed: fixture("./step.mjs", "seed"),
          sandbox: fixture("./replica.mjs"),
          replica: fixture("./replica.mjs")
        },
        watchLiveness: true,
        marker: fileURLToPath(import.meta.url),
        say: (line) => console.log(line)
      })
      console.log("READY")
      return yield* Effect.never
    })
  )
)
