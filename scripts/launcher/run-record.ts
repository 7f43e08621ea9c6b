import { RunFile } from "./run-file.ts"

/** Keeps `run.json` true while things start and end. */
class RunRecord {
  private run: RunFile.Run
  private readonly dataDir: string

  constructor(dataDir: string, url: string, marker: string) {
    this.dataDir = dataDir
    this.run = { launcher: { pid: process.pid, marker }, url, processes: {}, env: {} }
  }

  change(part: Partial<RunFile.Run>): void {
    this.run = { ...this.run, ...part }
    RunFile.write(this.dataDir, this.run)
  }

  /** A second start of the same name counts as a restart. */
  started(name: string, entry: RunFile.Entry): void {
    const before = this.run.processes[name]
    const restarts = before === undefined ? 0 : (before.restarts ?? 0) + 1
    this.change({ processes: { ...this.run.processes, [name]: { ...entry, restarts } } })
  }

  ended(name: string): void {
    const before = this.run.processes[name]
    if (before) this.change({ processes: { ...this.run.processes, [name]: { ...before, pid: 0 } } })
  }

  remove(): void {
    RunFile.remove(this.dataDir)
  }
}

export { RunRecord }
