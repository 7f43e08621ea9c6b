import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"

/** Looks at and signals operating system processes by id. A stopped (SIGSTOP) process counts as alive, a zombie does not. */
const Processes = {
  isAlive: (pid: number): boolean => {
    try {
      process.kill(pid, 0)
      return !isZombie(pid)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM"
    }
  },

  /** The whole command line, or "" when there is no such process. */
  commandLine: (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()
    } catch {
      return process.platform === "linux" ? "" : commandLineFromPs(pid)
    }
  },

  /** Never throws: a process that is already gone is what the caller wanted. */
  signal: (pid: number, signal: NodeJS.Signals): void => {
    try {
      process.kill(pid, signal)
    } catch {
      // gone already
    }
  },

  /** Signals the whole group of a process that was spawned `detached` (its pid is the group's id). */
  signalGroup: (pid: number, signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal)
    } catch {
      Processes.signal(pid, signal)
    }
  },

  /** True when the process is gone within the time. */
  waitForExit: async (pid: number, millis: number): Promise<boolean> => {
    const deadline = performance.now() + millis
    while (Processes.isAlive(pid)) {
      if (performance.now() > deadline) return false
      await delay(25)
    }
    return true
  }
}

// State is the first field after the command name, which is in parentheses and may hold spaces.
const isZombie = (pid: number): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").slice(0, 3))
  } catch {
    return false
  }
}

const commandLineFromPs = (pid: number): string => {
  try {
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim()
  } catch {
    return ""
  }
}

export { Processes }
