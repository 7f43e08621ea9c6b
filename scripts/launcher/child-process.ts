import { type ChildProcess as NodeChild, spawn } from "node:child_process"
import { setTimeout as delay } from "node:timers/promises"
import { Effect, type Scope } from "effect"
import { LastResort } from "./last-resort.ts"
import { type LogFile } from "./log-file.ts"
import { Processes } from "./processes.ts"

declare namespace ChildProcess {
  /** What to run. `marker` must occur in the command line: by it a later start recognises a left-over process. */
  interface Program {
    readonly command: string
    readonly args: ReadonlyArray<string>
    readonly marker: string
    readonly cwd?: string
  }
  interface Options {
    readonly program: Program
    readonly env: Readonly<Record<string, string>>
    readonly log: LogFile
    /** Milliseconds between SIGTERM and SIGKILL when the scope closes. */
    readonly graceMillis: number
  }
  interface Running {
    readonly pid: number
    /** Never fails; says how it ended: "code 1", "SIGKILL", "could not be started: ...". */
    readonly ended: Effect.Effect<Ending>
    readonly kill: Effect.Effect<void>
  }
  interface Ending {
    readonly code: number | null
    readonly reason: string
  }
}

/**
 * A process in a group of its own (the terminal's Ctrl-C does not reach it), stopped when its scope closes: SIGTERM, the
 * grace time, SIGKILL, the latter for the whole group.
 */
const ChildProcess = {
  /** A Node program by its absolute path, which is also its marker. */
  node: (file: string, ...args: ReadonlyArray<string>): ChildProcess.Program => ({
    command: process.execPath,
    args: ["--enable-source-maps", file, ...args],
    marker: file
  }),

  start: (options: ChildProcess.Options): Effect.Effect<ChildProcess.Running, never, Scope.Scope> =>
    Effect.acquireRelease(launch(options), (running) => stop(running, options.graceMillis))
}

interface Launched extends ChildProcess.Running {
  readonly ending: Promise<ChildProcess.Ending>
}

const launch = ({ env, log, program }: ChildProcess.Options): Effect.Effect<Launched> =>
  Effect.sync(() => {
    const child = spawn(program.command, program.args, {
      cwd: program.cwd,
      env: { ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const pid = child.pid ?? -1
    if (pid > 0) LastResort.add(pid, "SIGKILL")
    const kill = () => {
      if (pid > 0) Processes.signalGroup(pid, "SIGKILL")
    }
    const ending = new Promise<ChildProcess.Ending>((resolve) => {
      watch(child, log, (end) => {
        LastResort.remove(pid)
        // What it left running in its group would hold its ports.
        kill()
        resolve(end)
      })
    })
    return { pid, ending, ended: Effect.promise(() => ending), kill: Effect.sync(kill) }
  })

const watch = (child: NodeChild, log: LogFile, done: (ending: ChildProcess.Ending) => void) => {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8")
    stream?.on("data", log.write)
  }
  child.on("error", (error) => {
    log.write(`${error.message}\n`)
    if (child.pid === undefined) done({ code: null, reason: `could not be started: ${error.message}` })
  })
  child.on("exit", (code, signal) => done({ code, reason: signal ?? `code ${code}` }))
}

// One promise, because a release cannot be interrupted and so could not time out either.
const stop = ({ ending, kill, pid }: Launched, graceMillis: number) =>
  Effect.promise(async () => {
    if (LastResort.has(pid)) {
      Processes.signalGroup(pid, "SIGTERM")
      // A stopped process takes no SIGTERM before it goes on.
      Processes.signalGroup(pid, "SIGCONT")
      const timer = new AbortController()
      const late = delay(graceMillis, "late" as const, { signal: timer.signal }).catch(() => "late" as const)
      if ((await Promise.race([ending, late])) === "late") Effect.runSync(kill)
      timer.abort()
    }
    await ending
  })

export { ChildProcess }
