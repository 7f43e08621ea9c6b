import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Cause, Effect, Exit, Fiber } from "effect"
import { type FailurePanel } from "../../apps/api/sandbox/provider/failure-panel.ts"
import { ChildProcess } from "../../scripts/launcher/child-process.ts"
import { type Launch, launch } from "../../scripts/launcher/launch.ts"
import { Paths } from "../../scripts/launcher/paths.ts"
import { Ports } from "../../scripts/launcher/ports.ts"
import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { Processes } from "../../scripts/launcher/processes.ts"
import { RunFile } from "../../scripts/launcher/run-file.ts"
import { until } from "../../tests/support/until.ts"
import { ChaosLog } from "../history/chaos-log.ts"
import { ChaosReplica } from "./chaos-replica.ts"
import { EventProbeTables } from "./event-probe-tables.ts"
import { FaultProxy } from "./fault-proxy.ts"
import { random } from "./random.ts"
import { socketOwner } from "./socket-owner.ts"

declare namespace ChaosFleet {
  interface Options {
    readonly seed: number
    /** Of every replica, from the first start on. */
    readonly env?: Readonly<Record<string, string>>
    /** Past the proxies, which cost time: for what is measured and needs no faults between processes. */
    readonly isDirect?: boolean
    /** A superuser's, of a server that is there; the fleet starts one of its own when absent. */
    readonly databaseUrl?: string
    readonly say?: (line: string) => void
  }
  interface Tenant {
    readonly slug: string
    readonly apiKey: string
  }
  interface Seen {
    readonly id: string
    readonly healthy: boolean
    readonly shards: number
  }
}

const shards = 300

const folders = { this: "chaos", next: "chaos-next" } as const satisfies Record<ChaosReplica.Release, string>

const program = (folder: string, name: string) => ChildProcess.node(join(Paths.build, folder, `${name}.js`))

/**
 * What `npm start` runs, from the same parts, with a fault proxy wherever a replica talks to PostgreSQL or to another
 * replica, and with a supervisor that can be told to wait.
 */
class ChaosFleet {
  readonly dataDir: string
  readonly seed: number
  readonly said: Array<string> = []
  replicas: ReadonlyArray<ChaosReplica> = []
  private readonly env: Readonly<Record<string, string>>
  private readonly isDirect: boolean
  private readonly say: (line: string) => void
  private fiber: Fiber.RuntimeFiber<void, unknown> | undefined

  private constructor(options: ChaosFleet.Options) {
    this.dataDir = mkdtempSync(join(tmpdir(), "tessera-chaos-"))
    this.seed = options.seed
    this.env = options.env ?? {}
    this.isDirect = options.isDirect ?? false
    this.say = (line) => {
      this.said.push(line)
      options.say?.(line)
    }
  }

  /** `.build/chaos` must be built. Returns when three replicas share all shards. */
  static async start(options: ChaosFleet.Options): Promise<ChaosFleet> {
    const fleet = new ChaosFleet(options)
    const [port = 0] = await Ports.free(1)
    const parts: Launch.Options = {
      dataDir: fleet.dataDir,
      port,
      hosts: ["127.0.0.1"],
      replicas: 3,
      databaseUrl: options.databaseUrl,
      postgresPort: undefined,
      programs: {
        migrate: program("api", "migrate"),
        seed: program("api", "seed"),
        sandbox: program("api", "sandbox"),
        receiver: program("api", "receiver"),
        replica: program(folders.this, "replica")
      },
      env: fleet.env,
      watchLiveness: true,
      marker: fileURLToPath(import.meta.url),
      control: fleet.control(),
      say: fleet.say
    }
    const isUp = new Promise<void>((resolve, reject) => {
      fleet.fiber = Effect.runFork(
        launch(parts).pipe(
          Effect.tap(() => Effect.sync(resolve)),
          Effect.zipRight(Effect.never),
          Effect.scoped
        )
      )
      fleet.fiber.addObserver((exit) => {
        reject(new Error(`The fleet ended: ${Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "at once"}`))
      })
    })
    try {
      await isUp
      await fleet.untilWhole()
    } catch (error) {
      await fleet.stop()
      throw error
    }
    return fleet
  }

  /** Stops everything and removes the data. */
  async stop(): Promise<void> {
    for (const replica of this.replicas) replica.heal()
    if (this.fiber !== undefined) await Effect.runPromise(Fiber.interrupt(this.fiber))
    for (const replica of this.replicas) {
      await Promise.all([replica.postgres.stop(), replica.runner.stop()])
    }
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** Processes of replicas that have ended since the fleet began. */
  get endings(): number {
    return this.replicas.reduce((sum, { endings }) => sum + endings.length, 0)
  }

  run(): RunFile.Run {
    const run = RunFile.read(this.dataDir)
    if (run === undefined) throw new Error("The fleet does not run: there is no run.json.")
    return run
  }

  envOf(name: string): string {
    const value = this.run().env[name]
    if (value === undefined) throw new Error(`run.json has no ${name}.`)
    return value
  }

  /** Of the balancer. */
  get url(): string {
    return this.run().url.replace("localhost", "127.0.0.1")
  }

  replica(number: number): ChaosReplica {
    const replica = this.replicas[number - 1]
    if (replica === undefined) throw new Error(`There is no replica ${number}.`)
    return replica
  }

  named(name: string): ChaosReplica {
    return this.replica(Number(name.slice("replica-".length)))
  }

  /** All but this one. */
  others(replica: ChaosReplica): ReadonlyArray<ChaosReplica> {
    return this.replicas.filter((other) => other !== replica)
  }

  tenants(): ReadonlyArray<ChaosFleet.Tenant> {
    const file = JSON.parse(readFileSync(join(this.dataDir, "demo.json"), "utf8")) as {
      readonly tenants: ReadonlyArray<ChaosFleet.Tenant>
    }
    return file.tenants
  }

  /** The superuser's, past all proxies. */
  databaseUrl(): string {
    const url = new URL(this.envOf("DATABASE_URL"))
    // The superuser has no search path of ours.
    url.searchParams.set("options", "-c search_path=app,cluster")
    return url.href
  }

  async sql<Row>(statement: string, values: ReadonlyArray<unknown> = []): Promise<ReadonlyArray<Row>> {
    return (await PostgresClient.query(this.databaseUrl(), statement, values)) as ReadonlyArray<Row>
  }

  /** Ends PostgreSQL: `fast` as an administrator does, `immediate` as a crash. The launcher starts it again. */
  async restartPostgres(how: "fast" | "immediate"): Promise<{ readonly downMillis: number }> {
    const before = this.run().postgres
    if (before === undefined) throw new Error("There is no PostgreSQL.")
    const endedAt = performance.now()
    Processes.signal(before.pid, how === "fast" ? "SIGINT" : "SIGQUIT")
    await until("another PostgreSQL answers", async () => this.run().postgres?.pid !== before.pid, 60_000, 20)
    await until("it takes statements", () => this.sql("SELECT 1").catch(() => undefined), 30_000, 20)
    return { downMillis: performance.now() - endedAt }
  }

  /** Cuts the two off from each other; both go on seeing everybody else. */
  cut(one: ChaosReplica, other: ChaosReplica): void {
    one.runner.set({ kind: "half-open" }, other.name)
    other.runner.set({ kind: "half-open" }, one.name)
  }

  /** Cuts one off from PostgreSQL and from its peers, in both directions. */
  isolate(replica: ChaosReplica): void {
    replica.postgres.set({ kind: "half-open" })
    replica.runner.set({ kind: "half-open" })
    for (const other of this.others(replica)) other.runner.set({ kind: "half-open" }, replica.name)
  }

  /** All faults are over; a replica with other settings than the rest leaves, to come back with the usual ones. */
  async heal(): Promise<void> {
    for (const replica of this.replicas) {
      const isOther = Object.keys(replica.extra).length > 0 || replica.release !== "this"
      replica.extra = {}
      replica.release = "this"
      replica.heal()
      if (isOther && replica.pid > 0) await replica.terminate()
    }
    await this.panel({})
  }

  /** What payment provider and carrier do wrong from now on; what is left out goes well. */
  async panel(settings: Partial<FailurePanel.Settings>): Promise<void> {
    const response = await fetch(`${this.envOf("SANDBOX_URL")}/control`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(settings)
    })
    if (!response.ok) throw new Error(`The failure panel: ${response.status} ${await response.text()}`)
  }

  async seenBy(replica: ChaosReplica): Promise<ReadonlyArray<ChaosFleet.Seen>> {
    const response = await fetch(`${replica.url}/v1/replicas`, {
      headers: { authorization: `Bearer ${this.tenants()[0]?.apiKey}` },
      signal: AbortSignal.timeout(3_000)
    })
    if (!response.ok) throw new Error(`${replica.url}/v1/replicas: ${response.status}`)
    return (await response.json()) as ReadonlyArray<ChaosFleet.Seen>
  }

  /** Three replicas that are ready, each of which sees three healthy ones that own every shard between them. */
  async untilWhole(millis = 90_000): Promise<void> {
    let last: unknown
    const isWhole = async () => {
      try {
        const ready = await Promise.all(this.replicas.map((replica) => replica.isReady()))
        const views = await Promise.all(this.replicas.map((replica) => this.seenBy(replica)))
        last = { ready, views }
        return ready.every(Boolean) && views.every(isWholeView)
      } catch (error) {
        last = error
        return false
      }
    }
    await until("three replicas share all shards", isWhole, millis, 200).catch((error: Error) => {
      throw new Error(`${error.message}\n${last instanceof Error ? last.stack : JSON.stringify(last)}`)
    })
  }

  private control(): Launch.Control {
    return {
      prepare: async (databaseUrl, ports, env) => {
        await PostgresClient.query(databaseUrl, `${ChaosLog.create}${EventProbeTables.create}`)
        this.replicas = await this.replicasAt(databaseUrl, ports, env)
      },
      program: (name) => program(folders[this.named(name).release], "replica"),
      environment: (name, env) => this.environment(this.named(name), env),
      isHeld: (name) => this.named(name).isHeld,
      isSpared: (name) => this.named(name).isSpared,
      onEnd: (name, reason) => {
        const replica = this.named(name)
        replica.endings.push({ at: performance.now(), reason })
        replica.runner.close()
      }
    }
  }

  private readonly realPorts = new Map<string, { readonly runner: number; readonly postgres: number }>()

  private async replicasAt(
    databaseUrl: string,
    ports: ReadonlyArray<Launch.ReplicaPorts>,
    env: Readonly<Record<string, string>>
  ): Promise<ReadonlyArray<ChaosReplica>> {
    const free = await Ports.free(2 * ports.length)
    const postgresPort = Number(new URL(databaseUrl).port)
    const chance = random(this.seed)
    const pidOf = (name: string) => RunFile.read(this.dataDir)?.processes[name]?.pid ?? 0
    return Promise.all(
      ports.map(async ({ httpPort, name, runnerPort }, index) => {
        const runner = free[2 * index] ?? 0
        const postgres = free[2 * index + 1] ?? 0
        this.realPorts.set(name, { runner, postgres })
        const nameOf = (pid: number | undefined) => ports.find((known) => pidOf(known.name) === pid)?.name
        return new ChaosReplica({
          name,
          url: `http://127.0.0.1:${httpPort}`,
          failpointFile: join(this.dataDir, "failpoints", `${name}.json`),
          token: env.MANAGEMENT_TOKEN ?? "",
          pid: () => pidOf(name),
          postgres: await FaultProxy.listen({ port: postgres, target: postgresPort, random: chance }),
          runner: await FaultProxy.listen({
            port: runnerPort,
            target: runner,
            random: chance,
            sourceOf: ({ remotePort = 0 }) =>
              nameOf(
                socketOwner(
                  remotePort,
                  runnerPort,
                  ports.map((known) => pidOf(known.name)).filter((pid) => pid > 0)
                )
              )
          })
        })
      })
    )
  }

  private environment(
    replica: ChaosReplica,
    env: Readonly<Record<string, string>>
  ): Readonly<Record<string, string>> {
    const { NODE_OPTIONS = "", ...extra } = replica.extra
    return {
      ...env,
      ...(this.isDirect ? this.past(replica) : this.through(replica, env)),
      FAILPOINT_FILE: replica.failpointFile,
      ...extra,
      NODE_OPTIONS: [env.NODE_OPTIONS, NODE_OPTIONS].filter(Boolean).join(" ")
    }
  }

  private past(replica: ChaosReplica): Readonly<Record<string, string>> {
    replica.runner.close()
    return {}
  }

  private through(
    replica: ChaosReplica,
    env: Readonly<Record<string, string>>
  ): Readonly<Record<string, string>> {
    const real = this.realPorts.get(replica.name)
    void replica.runner.open()
    const at = (url = "") => Object.assign(new URL(url), { port: String(real?.postgres) }).href
    return {
      DATABASE_APP_URL: at(env.DATABASE_APP_URL),
      DATABASE_INFRA_URL: at(env.DATABASE_INFRA_URL),
      // Advertised is the proxy's.
      RUNNER_LISTEN_PORT: String(real?.runner)
    }
  }
}

const isWholeView = (view: ReadonlyArray<ChaosFleet.Seen>) =>
  view.length === 3 &&
  view.every(({ healthy, shards: own }) => healthy && own > 0) &&
  view.reduce((sum, { shards: own }) => sum + own, 0) === shards

export { ChaosFleet }
