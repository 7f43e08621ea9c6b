import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { attempt } from "./launcher/attempt.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { Paths } from "./launcher/paths.ts"
import { PostgresBinaries } from "./launcher/postgres-binaries.ts"
import { Processes } from "./launcher/processes.ts"
import { runCommand } from "./launcher/run-command.ts"
import { RunFile } from "./launcher/run-file.ts"
import { stopLeftOverPostgres } from "./postgres.ts"

// The launcher itself waits up to 15 s for its replicas.
const patienceMillis = 30_000

const reset = async (): Promise<number> => {
  const dataDir = Paths.dataDir()
  const isOurs =
    dataDir === Paths.inRepo(".data") || existsSync(join(dataDir, "secrets.json")) || !existsSync(dataDir)
  if (!isOurs || Paths.repo.startsWith(dataDir)) {
    throw new LaunchError({
      message: `DATA_DIR is ${dataDir}, which npm start did not make; it is not deleted.`
    })
  }
  const run = RunFile.read(dataDir)
  if (run !== undefined && RunFile.isRunning(run.launcher)) {
    console.log(`Stopping what runs at ${run.url} ...`)
    Processes.signal(run.launcher.pid, "SIGTERM")
    if (!(await Processes.waitForExit(run.launcher.pid, patienceMillis)))
      Processes.signal(run.launcher.pid, "SIGKILL")
  }
  if (run !== undefined) await RunFile.killLeftOvers(run)
  const postgres = join(dataDir, "pg")
  const outside = PostgresBinaries.outside(postgres)
  for (const folder of [postgres, join(outside, "pg")]) await stopLeftOverPostgres(folder)
  for (const folder of [dataDir, outside]) rmSync(folder, { recursive: true, force: true })
  console.log(`Deleted ${dataDir}. npm start begins with fresh demo data.`)
  return 0
}

runCommand(attempt(reset).pipe(Effect.uninterruptible))
