import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Processes } from "./processes.ts"

declare namespace RunFile {
  interface Entry {
    readonly pid: number
    /** Part of the command line; a process without it is somebody else's that got the same id. */
    readonly marker: string
    readonly httpPort?: number
    readonly runnerPort?: number
    readonly url?: string
    readonly log?: string
    readonly restarts?: number
  }
  interface Run {
    readonly launcher: Entry
    /** Where people and tests go: the balancer. */
    readonly url: string
    readonly postgres?: { readonly pid: number; readonly port: number; readonly dataDir: string }
    /** By name: `replica-1`, ..., `sandbox`, `receiver`. */
    readonly processes: Readonly<Record<string, Entry>>
    /** What the children got, and `DATABASE_URL` of the superuser. */
    readonly env: Readonly<Record<string, string>>
  }
}

/** `run.json` (0600): what runs now. It exists exactly while something may be running, also after a SIGKILL. */
const RunFile = {
  read: (dataDir: string): RunFile.Run | undefined => {
    const file = path(dataDir)
    if (!existsSync(file)) return undefined
    try {
      return JSON.parse(readFileSync(file, "utf8")) as RunFile.Run
    } catch {
      return undefined
    }
  },

  write: (dataDir: string, run: RunFile.Run): void => {
    const file = path(dataDir)
    mkdirSync(dirname(file), { recursive: true })
    // Written beside and renamed: a reader never sees half of it.
    writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  },

  remove: (dataDir: string): void => rmSync(path(dataDir), { force: true }),

  isRunning: ({ marker, pid }: RunFile.Entry): boolean =>
    pid > 0 && Processes.isAlive(pid) && Processes.commandLine(pid).includes(marker),

  /** Kills what a launcher that is gone left behind. PostgreSQL is not among it: it is taken over (see postgres.ts). */
  killLeftOvers: async (run: RunFile.Run): Promise<ReadonlyArray<string>> => {
    const left = Object.entries(run.processes).filter(([, entry]) => RunFile.isRunning(entry))
    for (const [, { pid }] of left) Processes.signalGroup(pid, "SIGKILL")
    for (const [, { pid }] of left) await Processes.waitForExit(pid, 5_000)
    return left.map(([name]) => name)
  }
}

const path = (dataDir: string) => join(dataDir, "run.json")

export { RunFile }
