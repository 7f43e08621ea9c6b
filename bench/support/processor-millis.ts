import { readdirSync, readFileSync } from "node:fs"

const millisPerTick = 10

/** Parent, own ticks and those of children that have ended; undefined for a process that is gone. */
const statOf = (pid: string) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name of the command is in parentheses and may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
    return { parent: fields[1], own: user + system, ended: endedUser + endedSystem }
  } catch {
    return undefined
  }
}

/** Processor time of a server and all its children so far, those that have ended included; NaN where there is no /proc. */
const processorMillis = (pid: number): number => {
  if (process.platform !== "linux") return Number.NaN
  const server = statOf(String(pid))
  const ticks = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat?.parent === String(pid))
    .reduce((sum, stat) => sum + (stat?.own ?? 0), (server?.own ?? 0) + (server?.ended ?? 0))
  return ticks * millisPerTick
}

export { processorMillis }
