import { spawn } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { Effect } from "effect"
import { LastResort } from "./last-resort.ts"
import { Paths } from "./paths.ts"
import { Processes } from "./processes.ts"

declare namespace Foreground {
  interface Options {
    readonly command: string
    readonly args: ReadonlyArray<string>
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string | undefined>>
    /** After this time the program and all it started are stopped, and `outcome` is "timeout". */
    readonly limitMillis?: number
  }
  type Outcome = number | "timeout"
}

const _graceMillis = 8_000

/** Runs a program with our terminal until it ends: its exit code. Interruption stops its whole group first. */
const foreground = (options: Foreground.Options): Effect.Effect<Foreground.Outcome> =>
  Effect.async<Foreground.Outcome>((resume) => {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd ?? Paths.repo,
      env: { ...process.env, ...options.env },
      // Its own group, so that it can be stopped with all that it started; such a group must not read the terminal.
      detached: true,
      stdio: ["ignore", "inherit", "inherit"]
    })
    const pid = child.pid ?? -1
    if (pid > 0) LastResort.add(pid, "SIGKILL")
    let isLate = false
    const ended = new Promise<number>((resolve) => {
      child.on("error", () => resolve(127))
      child.on("exit", (code) => resolve(code ?? 1))
    })
    const timer =
      options.limitMillis === undefined
        ? undefined
        : setTimeout(() => {
            isLate = true
            void stop(pid, ended)
          }, options.limitMillis)
    void ended.then((code) => {
      clearTimeout(timer)
      LastResort.remove(pid)
      if (pid > 0) Processes.signalGroup(pid, "SIGKILL")
      resume(Effect.succeed(isLate ? "timeout" : code))
    })
    return Effect.promise(() => stop(pid, ended))
  })

const stop = async (pid: number, ended: Promise<number>) => {
  if (pid <= 0) return
  Processes.signalGroup(pid, "SIGTERM")
  await Promise.race([ended, delay(_graceMillis, undefined, { ref: false })])
  Processes.signalGroup(pid, "SIGKILL")
  await ended
}

export { foreground }
