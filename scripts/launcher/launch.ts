import { join } from "node:path"
import { Effect, Fiber, type Scope } from "effect"
import { type Balancer, startBalancer } from "../balancer.ts"
import { attempt } from "./attempt.ts"
import { ChildProcess } from "./child-process.ts"
import { embeddedDatabase } from "./embedded-database.ts"
import { Environment } from "./environment.ts"
import { LaunchError } from "./launch-error.ts"
import { LogFile } from "./log-file.ts"
import { Ports } from "./ports.ts"
import { RunFile } from "./run-file.ts"
import { RunRecord } from "./run-record.ts"
import { Supervisor } from "./supervisor.ts"

declare namespace Launch {
  interface Options {
    readonly dataDir: string
    /** The balancer's. */
    readonly port: number
    readonly hosts: ReadonlyArray<string>
    readonly replicas: number
    /** Given: this server is used and nothing is embedded. */
    readonly databaseUrl: string | undefined
    readonly postgresPort: number | undefined
    /** `migrate` and `seed` run to their end, in this order, before the others start. */
    readonly programs: {
      readonly migrate?: ChildProcess.Program
      readonly seed?: ChildProcess.Program
      readonly sandbox?: ChildProcess.Program
      readonly receiver?: ChildProcess.Program
      readonly replica: ChildProcess.Program
    }
    /** On top of what every child gets. */
    readonly env?: Environment.Variables
    /** False where the program restarts itself (tsx watch). */
    readonly watchLiveness: boolean
    /** For a test bed that stands between the processes; see `chaos/bed`. */
    readonly control?: Control
    /** What of this process's command line tells it from other programs. */
    readonly marker: string
    readonly say: (line: string) => void
  }
  interface ReplicaPorts {
    readonly name: string
    readonly httpPort: number
    readonly runnerPort: number
  }
  interface Control {
    /** After the migration, before anything that uses the database. */
    readonly prepare: (
      databaseUrl: string,
      replicas: ReadonlyArray<ReplicaPorts>,
      env: Environment.Variables
    ) => Promise<void>
    /** Both asked at each start of a replica. */
    readonly program: (name: string) => ChildProcess.Program
    readonly environment: (name: string, env: Environment.Variables) => Environment.Variables
    readonly isHeld: (name: string) => boolean
    readonly isSpared: (name: string) => boolean
    readonly onEnd: (name: string, reason: string) => void
  }
  interface Running {
    readonly url: string
    readonly balancer: Balancer
  }
  interface Part {
    readonly name: string
    readonly program: ChildProcess.Program | undefined
    readonly env: Environment.Variables
    readonly ports: { readonly httpPort: number; readonly runnerPort?: number }
    readonly restartMillis: number
    readonly graceMillis: number
    readonly isWatched: boolean
  }
}

const _replicaRestartMillis = 5_000
const _sideRestartMillis = 1_000
const _replicaGraceMillis = 15_000
const _sideGraceMillis = 3_000
const _balancerGraceMillis = 1_500
const _readyWithinMillis = 60_000

/**
 * Starts the whole product and returns once it answers; closing the scope stops it in the opposite order: balancer,
 * replicas, sandbox and receiver, PostgreSQL. Writes `run.json` for tests and for the start after a SIGKILL.
 */
const launch = (options: Launch.Options): Effect.Effect<Launch.Running, LaunchError, Scope.Scope> =>
  Effect.gen(function* () {
    const { dataDir, programs } = options
    yield* attempt(() => refuseOrClear(options))
    const record = new RunRecord(dataDir, `http://localhost:${options.port}`, options.marker)
    yield* Effect.acquireRelease(
      Effect.sync(() => record.change({})),
      () => Effect.sync(() => record.remove())
    )

    const databaseUrl = yield* databaseOf(options, record)
    const ports = yield* attempt(() => Ports.free(2 + 2 * options.replicas))
    const { environment, replicas, sides } = plan(options, databaseUrl, ports)
    record.change({ env: { ...Environment.own(environment.shared), DATABASE_URL: databaseUrl } })

    yield* toEnd(options, "migrate", programs.migrate, environment.migrate)
    const { control } = options
    if (control !== undefined) {
      const ports = replicas.map(({ name, ports: { httpPort, runnerPort = 0 } }) => ({
        name,
        httpPort,
        runnerPort
      }))
      yield* attempt(() => control.prepare(databaseUrl, ports, environment.shared))
    }
    // Known before the balancer is: a replica that ends in between is not in its rotation yet.
    let balancer: Balancer | undefined
    const onEnd = (name: string) => balancer?.markDown(name)
    yield* keepAll(options, record, sides, onEnd)
    // The seed tells the receiver the secrets of the demo endpoints, so the receiver runs before it.
    yield* toEnd(options, "seed", programs.seed, environment.shared)
    yield* keepAll(options, record, replicas, onEnd)
    const started = yield* Effect.acquireRelease(
      attempt(() =>
        startBalancer({
          port: options.port,
          hosts: options.hosts,
          targets: replicas.map((replica) => ({ name: replica.name, port: replica.ports.httpPort }))
        })
      ),
      (running) => Effect.promise(() => running.stop(_balancerGraceMillis))
    )
    balancer = started
    yield* untilReady(started, options)
    return { url: started.url, balancer: started }
  })

const refuseOrClear = async ({ dataDir, port, say }: Launch.Options) => {
  const run = RunFile.read(dataDir)
  if (run !== undefined && run.launcher.pid !== process.pid && RunFile.isRunning(run.launcher)) {
    throw new LaunchError({
      message:
        `Tessera already runs from this data folder, at ${run.url} (process ${run.launcher.pid}).\n` +
        `Stop it with Ctrl-C in its terminal (or: kill ${run.launcher.pid}), or start another one with DATA_DIR and PORT.`
    })
  }
  if (run !== undefined) {
    const names = await RunFile.killLeftOvers(run)
    if (names.length > 0) say(`Killed what an earlier run left behind: ${names.join(", ")}`)
  }
  if (!(await Ports.isFree(port))) {
    throw new LaunchError({
      message: `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1} npm start`
    })
  }
}

const databaseOf = (options: Launch.Options, record: RunRecord) =>
  options.databaseUrl === undefined
    ? Effect.map(
        embeddedDatabase({
          dataDir: options.dataDir,
          port: options.postgresPort,
          say: options.say,
          onStart: ({ dataDir, pid, port }) => record.change({ postgres: { pid, port, dataDir } })
        }),
        (postgres) => postgres.url
      )
    : Effect.succeed(
        options.databaseUrl === "none" ? "postgresql://none@127.0.0.1:1/none" : options.databaseUrl
      )

const plan = (options: Launch.Options, databaseUrl: string, ports: ReadonlyArray<number>) => {
  const at = (index: number) => ports[index] ?? 0
  const own = Array.from({ length: options.replicas }, (_, index) => ({
    httpPort: at(2 + 2 * index),
    runnerPort: at(3 + 2 * index)
  }))
  const environment = Environment.make({
    dataDir: options.dataDir,
    publicPort: options.port,
    databaseUrl,
    sandboxPort: at(0),
    receiverPort: at(1),
    replicas: own,
    more: options.env ?? {}
  })
  const side = { restartMillis: _sideRestartMillis, graceMillis: _sideGraceMillis, isWatched: false }
  const sides: ReadonlyArray<Launch.Part> = [
    {
      ...side,
      name: "sandbox",
      program: options.programs.sandbox,
      env: environment.sandbox,
      ports: { httpPort: at(0) }
    },
    {
      ...side,
      name: "receiver",
      program: options.programs.receiver,
      env: environment.receiver,
      ports: { httpPort: at(1) }
    }
  ]
  const replicas = own.map(
    (replicaPorts, index): Launch.Part => ({
      name: `replica-${index + 1}`,
      program: options.programs.replica,
      env: environment.replica(`replica-${index + 1}`, replicaPorts),
      ports: replicaPorts,
      restartMillis: _replicaRestartMillis,
      graceMillis: _replicaGraceMillis,
      isWatched: options.watchLiveness
    })
  )
  return { environment, sides, replicas }
}

const logOf = (options: Launch.Options, name: string) =>
  LogFile.open(join(options.dataDir, "logs"), name, options.say)

const toEnd = (
  options: Launch.Options,
  name: string,
  program: ChildProcess.Program | undefined,
  env: Environment.Variables
): Effect.Effect<void, LaunchError> =>
  program === undefined
    ? Effect.void
    : Effect.scoped(
        Effect.gen(function* () {
          const log = logOf(options, name)
          const child = yield* ChildProcess.start({ program, env, log, graceMillis: _sideGraceMillis })
          const { code, reason } = yield* child.ended
          if (code === 0) return
          const lines = log.lastLines(12).join("\n  ")
          yield* new LaunchError({ message: `${name} ended with ${reason} (log: ${log.path}):\n  ${lines}` })
        })
      )

/** Supervises all of them; closing the scope stops them at the same time and waits for the last. */
const keepAll = (
  options: Launch.Options,
  record: RunRecord,
  parts: ReadonlyArray<Launch.Part>,
  onEnd: (name: string) => void
) =>
  Effect.acquireRelease(
    // An acquisition cannot be interrupted, and what it forks would inherit that.
    Effect.forEach(parts, (part) =>
      Effect.forkDaemon(Effect.interruptible(keep(options, record, part, onEnd)))
    ),
    (fibers) => Fiber.interruptAll(fibers)
  )

const keep = (
  options: Launch.Options,
  record: RunRecord,
  { program, env, ...part }: Launch.Part,
  onEnd: (name: string) => void
): Effect.Effect<void> => {
  if (program === undefined) return Effect.void
  const log = logOf(options, part.name)
  const url = `http://127.0.0.1:${part.ports.httpPort}`
  const control = part.ports.runnerPort === undefined ? undefined : options.control
  return Supervisor.keep({
    ...part,
    log,
    // Both are read by each start anew.
    get program() {
      return control?.program(part.name) ?? program
    },
    get env() {
      return control?.environment(part.name, env) ?? env
    },
    isHeld: () => control?.isHeld(part.name) ?? false,
    isSpared: () => control?.isSpared(part.name) ?? false,
    say: options.say,
    ...(part.isWatched ? { liveUrl: `${url}/health/live` } : {}),
    onStart: (pid) =>
      record.started(part.name, { pid, marker: program.marker, url, log: log.path, ...part.ports }),
    onEnd: (reason) => {
      record.ended(part.name)
      onEnd(part.name)
      control?.onEnd(part.name, reason)
    }
  })
}

const untilReady = (balancer: Balancer, { say }: Launch.Options) =>
  Effect.gen(function* () {
    const deadline = performance.now() + _readyWithinMillis
    const missing = () => balancer.states().filter((state) => !state.ready)
    while (missing().length > 0 && performance.now() < deadline) yield* Effect.sleep(50)
    const names = missing().map((state) => state.name)
    if (names.length > 0)
      say(`Not ready after ${_readyWithinMillis / 1000} s: ${names.join(", ")} (logs: .data/logs)`)
  })

export { type Launch, launch }
