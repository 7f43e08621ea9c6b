import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { LastResort } from "./launcher/last-resort.ts"
import { LaunchError } from "./launcher/launch-error.ts"
import { Ports } from "./launcher/ports.ts"
import { PostgresBinaries } from "./launcher/postgres-binaries.ts"
import { PostgresClient } from "./launcher/postgres-client.ts"
import { PostgresFolder } from "./launcher/postgres-folder.ts"
import { Processes } from "./launcher/processes.ts"
import { Secrets } from "./launcher/secrets.ts"

interface PostgresOptions {
  /** The server's own data folder. Its parent gets the log and, when persistent, `secrets.json`. */
  readonly dataDir: string
  /** Defaults to the port of a running server that is taken over, else to a free one. */
  readonly port?: number
  /** False: a throw-away server; the folder is empty at the start and gone after `stop()`. */
  readonly persistent: boolean
  /** Created if absent, and named in `url`. Defaults to `postgres`. */
  readonly database?: string
  /** Defaults to the password in `secrets.json` beside a persistent folder, else to a random one. */
  readonly password?: string
  /** Defaults to `<dataDir>.log`. Truncated when a server starts. */
  readonly logFile?: string
  /** Server settings on top of the defaults below, for example `{ fsync: "off" }`. */
  readonly settings?: Readonly<Record<string, string>>
}

interface Postgres {
  /** The superuser's. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Where the data really is: as root it may live outside the clone. */
  readonly dataDir: string
  /** True when the folder was created by this call. */
  readonly created: boolean
  /** True when a server that an earlier, killed run left behind was taken over. */
  readonly adopted: boolean
  readonly stop: () => Promise<void>
}

const _settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  max_connections: "200",
  shared_buffers: "256MB",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "2",
  tcp_keepalives_count: "3"
}

/**
 * Starts a real PostgreSQL from node_modules, or takes over the one that a killed run left on the same folder. The server
 * is no child in the terminal's eyes: Ctrl-C does not reach it, only `stop()` does.
 */
const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const wanted = resolve(options.dataDir)
  const account = PostgresBinaries.account()
  const binaries = PostgresBinaries.folder(account)
  const dataDir = PostgresFolder.locate(wanted, account)
  PostgresFolder.refuseForeign(dataDir, account)
  const password =
    options.password ??
    (options.persistent
      ? Secrets.of(dirname(wanted)).postgresPassword
      : randomBytes(18).toString("base64url"))
  const urlOf = (port: number, database: string) =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`
  const handle = (pid: number, port: number, rest: { created: boolean; adopted: boolean }): Postgres => {
    LastResort.add(pid, "SIGQUIT")
    return {
      ...rest,
      pid,
      port,
      dataDir,
      url: urlOf(port, options.database ?? "postgres"),
      stop: async () => {
        await stopServer(pid)
        LastResort.remove(pid)
        if (!options.persistent) rmSync(dataDir, { recursive: true, force: true })
      }
    }
  }

  const left = leftOver(dataDir)
  if (left !== undefined) {
    const fits = options.persistent && (options.port === undefined || options.port === left.port)
    if (fits && (await isAnswering(urlOf(left.port, "postgres"), left.pid))) {
      await ensureDatabase(urlOf(left.port, "postgres"), options.database)
      return handle(left.pid, left.port, { created: false, adopted: true })
    }
    await stopServer(left.pid)
  }
  if (!options.persistent) rmSync(dataDir, { recursive: true, force: true })
  // A pid file whose process is gone or is no PostgreSQL would only confuse the new server.
  rmSync(join(dataDir, "postmaster.pid"), { force: true })

  if (options.port !== undefined && !(await Ports.isFree(options.port))) {
    throw new LaunchError({
      message: `Port ${options.port} is in use, so PostgreSQL cannot listen there. Free it or set PGPORT to another port.`
    })
  }
  const quick = !options.persistent
  const { created } = PostgresFolder.prepare({ account, binaries, folder: dataDir, password, quick })
  const port = options.port ?? (await Ports.free(1))[0] ?? 0
  const logFile = options.logFile ?? `${wanted}.log`
  const log = openSync(logFile, "w", 0o600)
  const settings = Object.entries({ ..._settings, ...options.settings })
  const server = spawn(
    join(binaries, "postgres"),
    ["-D", dataDir, "-p", String(port), ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    // A file, not a pipe: the server outlives a killed launcher and must be able to go on logging.
    {
      ...account,
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, LC_ALL: "C" }
    }
  )
  closeSync(log)
  server.on("error", () => {})
  server.unref()
  const pid = server.pid ?? -1
  try {
    await untilAnswering(urlOf(port, "postgres"), () => pid > 0 && Processes.isAlive(pid), logFile, dataDir)
    await ensureDatabase(urlOf(port, "postgres"), options.database)
  } catch (error) {
    if (pid > 0) await stopServer(pid)
    throw error
  }
  return handle(pid, port, { created, adopted: false })
}

/** Stops a server that runs on this folder, whoever started it. Does nothing if there is none. */
const stopLeftOverPostgres = async (dataDir: string): Promise<void> => {
  const left = leftOver(dataDir)
  if (left !== undefined) await stopServer(left.pid)
}

const leftOver = (dataDir: string): { readonly pid: number; readonly port: number } | undefined => {
  const file = join(dataDir, "postmaster.pid")
  if (!existsSync(file)) return undefined
  const lines = readFileSync(file, "utf8").split("\n")
  const pid = Number(lines[0])
  const command = Number.isInteger(pid) && pid > 0 && Processes.isAlive(pid) ? Processes.commandLine(pid) : ""
  // The id may by now be somebody else's.
  return command.includes("postgres") && command.includes(dataDir)
    ? { pid, port: Number(lines[3]) }
    : undefined
}

// A server that recovers from a crash, or that somebody restarts, needs a moment.
const isAnswering = async (url: string, pid: number): Promise<boolean> => {
  const deadline = performance.now() + 10_000
  while (Processes.isAlive(pid) && performance.now() < deadline) {
    const answer = await PostgresClient.query(url, "select 1").then(
      () => "yes",
      (error: { code?: string }) => (error.code === "28P01" ? "no" : "not yet")
    )
    if (answer !== "not yet") return answer === "yes"
    await delay(100)
  }
  return false
}

const untilAnswering = async (url: string, isAlive: () => boolean, logFile: string, dataDir: string) => {
  // Recovery after a crash replays the log before the server answers; that can take a while on a slow disk.
  const deadline = performance.now() + 60_000
  for (;;) {
    const failure = await PostgresClient.query(url, "select 1").then(
      () => undefined,
      (error: { code?: string; message: string }) => error
    )
    if (failure === undefined) return
    if (failure.code === "28P01") {
      throw new LaunchError({
        message:
          `The password in ${join(dirname(dataDir), "secrets.json")} is not the one of the database in ${basename(dataDir)}.\n` +
          "Put the old file back, or start afresh with npm run reset."
      })
    }
    if (!isAlive() || performance.now() > deadline) {
      throw new LaunchError({ message: `PostgreSQL did not start: ${lastLines(logFile)}\n(log: ${logFile})` })
    }
    await delay(40)
  }
}

const ensureDatabase = async (url: string, name: string | undefined) => {
  if (name === undefined) return
  const rows = await PostgresClient.query(url, "select 1 from pg_database where datname = $1", [name])
  if (rows.length === 0) await PostgresClient.query(url, `create database "${name.replaceAll('"', '""')}"`)
}

const lastLines = (file: string) =>
  readFileSync(file, "utf8").trim().split("\n").slice(-3).join("\n  ") || "it wrote no message"

// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovery at the next start), SIGKILL the last resort.
const stopServer = async (pid: number) => {
  for (const [signal, millis] of [
    ["SIGINT", 15_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000]
  ] as const) {
    if (!Processes.isAlive(pid)) return
    Processes.signal(pid, signal)
    if (await Processes.waitForExit(pid, millis)) return
  }
}

export { type Postgres, type PostgresOptions, startPostgres, stopLeftOverPostgres }
