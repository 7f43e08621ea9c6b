import { spawn } from "node:child_process"
import { accessSync, closeSync, constants, mkdirSync, openSync } from "node:fs"
import { delimiter, join } from "node:path"
import { LastResort } from "../../scripts/launcher/last-resort.ts"
import { Ports } from "../../scripts/launcher/ports.ts"
import { Processes } from "../../scripts/launcher/processes.ts"

declare namespace Redis {
  interface Server {
    readonly port: number
    readonly pid: number
    readonly stop: () => Promise<void>
  }
}

const isProgram = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A throw-away Redis that answers when its disk has the write, as PostgreSQL does; only where one is installed. */
const Redis = {
  durability: "appendfsync always",
  program: (): string | undefined =>
    (process.env.PATH ?? "")
      .split(delimiter)
      .map((folder) => join(folder, "redis-server"))
      .find(isProgram),
  start: async (program: string, folder: string): Promise<Redis.Server> => {
    const dir = join(folder, "redis")
    mkdirSync(dir, { recursive: true })
    const [port = 0] = await Ports.free(1)
    const log = openSync(join(folder, "redis.log"), "a", 0o600)
    const settings = { port, bind: "127.0.0.1", dir, save: "", appendonly: "yes", appendfsync: "always" }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    const { pid = -1 } = spawn(program, args, { detached: true, stdio: ["ignore", log, log] })
    closeSync(log)
    LastResort.add(pid, "SIGKILL")
    return {
      port,
      pid,
      stop: async () => {
        Processes.signal(pid, "SIGTERM")
        if (!(await Processes.waitForExit(pid, 5_000))) Processes.signal(pid, "SIGKILL")
        LastResort.remove(pid)
      }
    }
  }
} as const

export { Redis }
