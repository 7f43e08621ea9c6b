import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Paths } from "../../scripts/launcher/paths.ts"
import { Ports } from "../../scripts/launcher/ports.ts"
import { PostgresClient } from "../../scripts/launcher/postgres-client.ts"
import { Processes } from "../../scripts/launcher/processes.ts"
import { RunFile } from "../../scripts/launcher/run-file.ts"
import { until } from "./until.ts"

declare namespace Fleet {
  interface Replica {
    readonly name: string
    readonly pid: number
    readonly url: string
  }
  interface Tenant {
    readonly slug: string
    readonly apiKey: string
    readonly users: ReadonlyArray<{
      readonly email: string
      readonly password: string
      readonly role: string
    }>
  }
  interface Listed {
    readonly id: string
    readonly address: string
    readonly healthy: boolean
    readonly shards: number
    readonly self: boolean
  }
}

const _program = fileURLToPath(new URL("./fleet-main.ts", import.meta.url))
const _shards = 300
const _startMillis = 150_000

/**
 * PostgreSQL, sandbox, receiver and three replicas, as `npm start` runs them. One for all test files: they run in one
 * process, one after the other, and the launcher leaves with that process.
 */
class Fleet {
  readonly dataDir: string
  /** Everything that the launcher has said so far. */
  readonly output: () => string

  constructor(dataDir: string, output: () => string) {
    this.dataDir = dataDir
    this.output = output
  }

  /** The running fleet with three replicas up; the first caller starts it. */
  static async whole(): Promise<Fleet> {
    const shared = globalThis as { tesseraFleet?: Promise<Fleet> }
    shared.tesseraFleet ??= start()
    const fleet = await shared.tesseraFleet
    await fleet.untilWhole()
    return fleet
  }

  run(): RunFile.Run {
    const run = RunFile.read(this.dataDir)
    if (run === undefined) throw new Error("The fleet does not run: there is no run.json.")
    return run
  }

  /** Of the launcher's environment, `DATABASE_URL` among it. */
  env(name: string): string {
    const value = this.run().env[name]
    if (value === undefined) throw new Error(`run.json has no ${name}.`)
    return value
  }

  replicas(): ReadonlyArray<Fleet.Replica> {
    return [1, 2, 3].map((number) => this.replica(`replica-${number}`))
  }

  /** `pid` is 0 between an end and the next start. */
  replica(name: string): Fleet.Replica {
    const entry = this.run().processes[name]
    if (entry?.url === undefined) throw new Error(`run.json does not name ${name}.`)
    return { name, pid: entry.pid, url: entry.url }
  }

  tenant(slug: "acme" | "globex"): Fleet.Tenant {
    const file = JSON.parse(readFileSync(join(this.dataDir, "demo.json"), "utf8")) as {
      readonly tenants: ReadonlyArray<Fleet.Tenant>
    }
    const tenant = file.tenants.find((known) => known.slug === slug)
    if (tenant === undefined) throw new Error(`demo.json has no ${slug}.`)
    return tenant
  }

  /** As superuser: it sees what the policies hide. */
  async sql<Row>(statement: string, values: ReadonlyArray<unknown> = []): Promise<ReadonlyArray<Row>> {
    const url = new URL(this.env("DATABASE_URL"))
    // The superuser has no search path of ours.
    url.searchParams.set("options", "-c search_path=app")
    return (await PostgresClient.query(url.href, statement, values)) as ReadonlyArray<Row>
  }

  async tenantId(slug: "acme" | "globex"): Promise<string> {
    const [row] = await this.sql<{ readonly id: string }>("SELECT id FROM tenants WHERE slug = $1", [slug])
    return row?.id ?? ""
  }

  /** SIGKILL; returns when the process is gone, with the id that it had. */
  async kill(name: string): Promise<number> {
    const { pid } = this.replica(name)
    if (pid <= 0) throw new Error(`${name} does not run.`)
    Processes.signal(pid, "SIGKILL")
    await until(`${name} is dead`, () => !Processes.isAlive(pid), 5_000, 5)
    return pid
  }

  /** The fleet as this replica sees it. */
  async seenBy({ url }: Fleet.Replica): Promise<ReadonlyArray<Fleet.Listed>> {
    const response = await fetch(`${url}/v1/replicas`, {
      headers: { authorization: `Bearer ${this.tenant("acme").apiKey}` },
      signal: AbortSignal.timeout(3_000)
    })
    if (!response.ok) throw new Error(`${url}/v1/replicas: ${response.status}`)
    return (await response.json()) as ReadonlyArray<Fleet.Listed>
  }

  /** Three processes that answer, each of which sees three healthy replicas that own every shard between them. */
  async untilWhole(millis = 90_000): Promise<void> {
    let last: unknown
    await until(
      "three replicas share all shards",
      async () => {
        try {
          const views = await Promise.all(this.replicas().map((replica) => this.seenBy(replica)))
          last = views
          return views.every(isWhole) ? true : undefined
        } catch (error) {
          last = error
          return undefined
        }
      },
      millis,
      200
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${last instanceof Error ? last.stack : JSON.stringify(last)}`)
    })
  }

  /** Name of the replica whose `jobs_running` is above zero; undefined while none or several are. */
  async whoRunsJobs(): Promise<string | undefined> {
    const token = this.env("MANAGEMENT_TOKEN")
    const busy = await Promise.all(
      this.replicas().map(async ({ name, url }) => {
        const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
        return /^jobs_running(\{[^}]*\})? [1-9]/m.test(await response.text()) ? [name] : []
      })
    )
    const names = busy.flat()
    return names.length === 1 ? names[0] : undefined
  }

  /** What `npm run verify` says: the promises, checked against the database and the provider's books. */
  verify(): Promise<{ readonly code: number | null; readonly text: string }> {
    const child = spawn(
      process.execPath,
      ["--enable-source-maps", join(Paths.build, "api", "verify.js"), "--wait"],
      {
        env: { ...process.env, ...this.run().env },
        stdio: ["ignore", "pipe", "pipe"]
      }
    )
    let text = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
    }
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, text })))
  }
}

const isWhole = (view: ReadonlyArray<Fleet.Listed>) =>
  view.length === 3 &&
  view.every(({ healthy, shards }) => healthy && shards > 0) &&
  view.reduce((sum, { shards }) => sum + shards, 0) === _shards

const start = async (): Promise<Fleet> => {
  const startedAt = performance.now()
  const dataDir = mkdtempSync(join(tmpdir(), "tessera-cluster-"))
  const [port] = await Ports.free(1)
  // A group of its own: who stops the tests by their group must leave the launcher the time to stop its children.
  const child = spawn(process.execPath, ["--import", "tsx", _program, dataDir, String(port)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk
      process.stderr.write(chunk)
    })
  }
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`The fleet did not start (${why}).\n${output}`))
    const timer = setTimeout(() => fail(`not within ${_startMillis} ms`), _startMillis)
    child.on("message", () => {
      clearTimeout(timer)
      resolve()
    })
    child.on("exit", (code) => {
      clearTimeout(timer)
      fail(`code ${code}`)
    })
  })
  // Neither the process nor its channel may keep a finished test run alive.
  child.unref()
  child.channel?.unref()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null && "unref" in stream) (stream as unknown as { unref: () => void }).unref()
  }
  if (!existsSync(join(dataDir, "demo.json"))) throw new Error(`There is no demo data.\n${output}`)
  console.log(`fleet: three replicas after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return new Fleet(dataDir, () => output)
}

export { Fleet }
