import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Processes } from "../../scripts/launcher/processes.ts"
import { until } from "../../tests/support/until.ts"
import { type FaultProxy } from "./fault-proxy.ts"

declare namespace ChaosReplica {
  /** What it is started from; see next-release.ts. */
  type Release = "this" | "next"
  interface Options {
    readonly name: string
    readonly url: string
    readonly failpointFile: string
    readonly token: string
    /** In front of PostgreSQL, for this replica alone. */
    readonly postgres: FaultProxy
    /** In front of its runner; the sources are the names of the other replicas. */
    readonly runner: FaultProxy
    /** 0 while it does not run. */
    readonly pid: () => number
  }
  interface Ending {
    readonly at: number
    /** As the supervisor says it: "code 0", "SIGKILL", "killed: no answer from ...". */
    readonly reason: string
  }
  interface Answer {
    readonly replica?: string
    readonly pid?: number
    readonly error?: string
    /** Of the request inside the cluster. */
    readonly millis: number
  }
  interface Hit {
    readonly name: string
    readonly mode: string
    readonly at: number
  }
}

/** One replica of the bed and everything that can be done to it. */
class ChaosReplica {
  readonly name: string
  readonly url: string
  readonly postgres: FaultProxy
  readonly runner: FaultProxy
  readonly endings: Array<ChaosReplica.Ending> = []
  /** True: the supervisor waits before it starts it again. */
  isHeld = false
  /** True: the supervisor does not kill it for its silence. */
  isSpared = false
  /** On top of its environment from the next start on. */
  extra: Readonly<Record<string, string>> = {}
  /** From the next start on. */
  release: ChaosReplica.Release = "this"
  private readonly options: ChaosReplica.Options

  constructor(options: ChaosReplica.Options) {
    this.options = options
    this.name = options.name
    this.url = options.url
    this.postgres = options.postgres
    this.runner = options.runner
  }

  get pid(): number {
    return this.options.pid()
  }

  get failpointFile(): string {
    return this.options.failpointFile
  }

  /** Pass and reset what proxies, signals and failpoints do; a replica with other settings is started again. */
  heal(): void {
    this.postgres.heal()
    this.runner.heal()
    this.isHeld = false
    this.isSpared = false
    this.failpoints({})
    if (this.pid > 0) Processes.signal(this.pid, "SIGCONT")
  }

  signal(signal: NodeJS.Signals): number {
    const { pid } = this
    if (pid <= 0) throw new Error(`${this.name} does not run.`)
    Processes.signal(pid, signal)
    return pid
  }

  /** SIGKILL; returns when the supervisor has seen the end. */
  async kill(): Promise<void> {
    const before = this.endings.length
    this.signal("SIGKILL")
    await until(`${this.name} is dead`, () => this.endings.length > before, 5_000, 5)
  }

  /** SIGTERM; how long it took to leave, and how it did. */
  async terminate(): Promise<{ readonly millis: number; readonly reason: string }> {
    const before = this.endings.length
    const askedAt = performance.now()
    this.signal("SIGTERM")
    const ending = await until(`${this.name} has left`, () => this.endings[before], 30_000, 5)
    return { millis: ending.at - askedAt, reason: ending.reason }
  }

  failpoints(modes: Readonly<Record<string, string>>): void {
    const { failpointFile } = this
    mkdirSync(dirname(failpointFile), { recursive: true })
    // Renamed into place: a hit never reads half of it.
    writeFileSync(`${failpointFile}.new`, JSON.stringify(modes))
    renameSync(`${failpointFile}.new`, failpointFile)
    if (Object.keys(modes).length === 0) rmSync(`${failpointFile}.hits`, { force: true })
  }

  hits(): ReadonlyArray<ChaosReplica.Hit> {
    const file = `${this.failpointFile}.hits`
    if (!existsSync(file)) return []
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ChaosReplica.Hit)
  }

  async status(path: string, millis = 2_000): Promise<number> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        headers: { authorization: `Bearer ${this.options.token}` },
        signal: AbortSignal.timeout(millis)
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  isReady = async (): Promise<boolean> => (await this.status("/health/ready")) === 200

  untilReady(millis = 60_000): Promise<boolean> {
    return until(`${this.name} is ready`, this.isReady, millis, 100)
  }

  /** A volatile request from this replica to the owner of the probe. */
  ask(id: string, millis = 60_000): Promise<ChaosReplica.Answer> {
    return this.json(`/chaos/ask?id=${encodeURIComponent(id)}`, "GET", millis)
  }

  keep(id: string, key: string, millis = 60_000): Promise<ChaosReplica.Answer> {
    return this.json(
      `/chaos/keep?id=${encodeURIComponent(id)}&key=${encodeURIComponent(key)}`,
      "POST",
      millis
    )
  }

  /** Of the probes' routes; see probe-routes.ts. */
  async json<A>(path: string, method: "GET" | "POST", millis = 60_000): Promise<A> {
    const response = await fetch(`${this.url}${path}`, { method, signal: AbortSignal.timeout(millis) })
    if (!response.ok) throw new Error(`${this.name}${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as A
  }

  async metric(name: string): Promise<number | undefined> {
    const response = await fetch(`${this.url}/metrics`, {
      headers: { authorization: `Bearer ${this.options.token}` },
      signal: AbortSignal.timeout(3_000)
    })
    const line = (await response.text()).split("\n").find((text) => text.startsWith(name))
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")))
  }
}

export { ChaosReplica }
