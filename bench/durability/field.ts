import { join } from "node:path"
import { Paths } from "../../scripts/launcher/paths.ts"
import { Ports } from "../../scripts/launcher/ports.ts"
import { type BenchDatabases } from "./bench-databases.ts"
import { type Contender } from "./contender.ts"
import { type Protocol } from "./protocol.ts"
import { type Redis } from "./redis.ts"

declare namespace Field {
  interface Entry {
    readonly name: string
    readonly loads: ReadonlyArray<Protocol.Load>
    /** How it is run, for the reader. */
    readonly note: string
    readonly database: string | undefined
    readonly prepare: () => Promise<unknown>
    readonly programs: () => Promise<ReadonlyArray<Contender.Program>>
  }
}

const replicas = 3

const side = (databases: BenchDatabases, name: string, messages: string, journal: string): Field.Entry => ({
  name,
  loads: ["request", "fresh", "discard", "job", "saga", "failing"],
  note: `${replicas} replicas, CLUSTER_MESSAGES=${messages}, CLUSTER_JOURNAL=${journal}`,
  database: name,
  prepare: () => databases.migrated(name),
  programs: async () =>
    (await Ports.free(replicas)).map((port, index) => ({
      file: join(Paths.build, "bench", "runner.js"),
      // As the launcher starts the product.
      execArgv: ["--enable-source-maps", "--max-old-space-size=256", "--max-semi-space-size=32"],
      env: {
        DATABASE_APP_URL: databases.url(name, "tessera_app"),
        DATABASE_INFRA_URL: databases.url(name, "tessera_infra"),
        REPLICA_ID: `replica-${index + 1}`,
        RUNNER_PORT: String(port),
        CLUSTER_MESSAGES: messages,
        CLUSTER_JOURNAL: journal,
        NODE_ENV: "production"
      }
    }))
})

interface Peer {
  readonly name: string
  readonly program: string
  readonly processes: number
  readonly loads: ReadonlyArray<Protocol.Load>
  readonly note: string
  readonly redis?: Redis.Server
}

const peer = (databases: BenchDatabases, options: Peer): Field.Entry => {
  const { loads, name, note, processes, program, redis } = options
  const database = redis === undefined ? `peer-${name}` : undefined
  return {
    name,
    loads,
    note: `${processes === 1 ? "1 process" : `${processes} processes`}, ${note}`,
    database,
    prepare: async () => {
      if (database !== undefined) await databases.empty(database)
    },
    programs: async () =>
      Array.from({ length: processes }, (_, index) => ({
        file: Paths.inRepo("bench", "peers", "peer-main.mjs"),
        args: [program],
        execArgv: ["--import", import.meta.resolve("tsx")],
        env: {
          DATABASE_URL: database === undefined ? "" : databases.url(database),
          REDIS_PORT: String(redis?.port ?? 0),
          BENCH_PROCESSES: String(processes),
          BENCH_NUMBER: String(index + 1),
          NODE_ENV: "production"
        }
      }))
  }
}

/** Who takes part. */
const Field = {
  ours: (databases: BenchDatabases, name: string): Field.Entry => side(databases, name, "batched", "on"),
  sides: (databases: BenchDatabases): ReadonlyArray<Field.Entry> => [
    side(databases, "stock", "stock", "off"),
    Field.ours(databases, "ours")
  ],
  peers: (databases: BenchDatabases, redis: Redis.Server | undefined): ReadonlyArray<Field.Entry> => [
    peer(databases, {
      name: "dbos",
      program: "dbos",
      processes: 1,
      loads: ["job", "saga", "failing"],
      note: "pool 40, sagas started directly, jobs on a queue looked at every 20 ms"
    }),
    peer(databases, {
      name: "pg-boss",
      program: "pg-boss",
      processes: replicas,
      loads: ["job"],
      note: "1,000 a fetch, every 0.5 s (its minimum)"
    }),
    peer(databases, {
      name: "graphile",
      program: "graphile-worker",
      processes: replicas,
      loads: ["job"],
      note: "22 jobs at once in each"
    }),
    peer(databases, {
      name: "graphile-lq",
      program: "graphile-worker-batched",
      processes: replicas,
      loads: ["job"],
      note: "local queue of 500, ends written together"
    }),
    ...(redis === undefined
      ? []
      : [
          peer(databases, {
            name: "bullmq",
            program: "bullmq",
            processes: replicas,
            loads: ["job"],
            note: "22 jobs at once in each, appendfsync always",
            redis
          })
        ])
  ]
} as const

export { Field }
