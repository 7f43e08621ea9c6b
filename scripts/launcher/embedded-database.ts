import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { type Postgres, startPostgres } from "../postgres.ts"
import { attempt } from "./attempt.ts"
import { type LaunchError } from "./launch-error.ts"
import { Processes } from "./processes.ts"

interface Options {
  readonly dataDir: string
  readonly port: number | undefined
  readonly say: (line: string) => void
  /** Called again when the server had to be started anew (same port, other process). */
  readonly onStart: (postgres: Postgres) => void
}

const _lookMillis = 1_000

/** The product's PostgreSQL while the scope is open. One that dies is started again on its port. */
const embeddedDatabase = (options: Options): Effect.Effect<Postgres, LaunchError, Scope.Scope> =>
  Effect.gen(function* () {
    const logs = join(options.dataDir, "logs")
    mkdirSync(logs, { recursive: true })
    const start = (port: number | undefined) =>
      attempt(() =>
        startPostgres({
          dataDir: join(options.dataDir, "pg"),
          logFile: join(logs, "postgres.log"),
          persistent: true,
          database: "tessera",
          ...(port === undefined ? {} : { port })
        })
      ).pipe(Effect.tap((postgres) => Effect.sync(() => options.onStart(postgres))))
    let current: Postgres = yield* Effect.acquireRelease(start(options.port), () =>
      Effect.promise(() => current.stop())
    )
    const first = current
    const look = Effect.gen(function* () {
      yield* Effect.sleep(_lookMillis)
      if (Processes.isAlive(current.pid)) return
      options.say("PostgreSQL ended; starting it again")
      current = yield* start(first.port)
    }).pipe(Effect.catchAll((error) => Effect.sync(() => options.say(error.message))))
    yield* Effect.forkScoped(Effect.forever(look))
    return first
  })

export { embeddedDatabase }
