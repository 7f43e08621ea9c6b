import { Paths } from "./paths.ts"
import { Secrets } from "./secrets.ts"

declare namespace Environment {
  type Variables = Readonly<Record<string, string>>
  interface ReplicaPorts {
    readonly httpPort: number
    readonly runnerPort: number
  }
  interface Input {
    readonly dataDir: string
    readonly publicPort: number
    /** The superuser's (or whoever may create roles) URL of the database `tessera`. */
    readonly databaseUrl: string
    readonly sandboxPort: number
    readonly receiverPort: number
    readonly replicas: ReadonlyArray<ReplicaPorts>
    /** Wins over everything below. */
    readonly more: Variables
  }
}

/** A replica stays below 600 MB with two files being parsed: main heap here, 256 MB a worker thread at most. */
const heap = ["--max-old-space-size=256", "--max-semi-space-size=32"]

/** What the children are told. Only the migration gets `DATABASE_URL`; the replicas connect as roles that may do less. */
const Environment = {
  make: (input: Environment.Input) => {
    const secrets = Secrets.of(input.dataDir)
    const sandbox = `http://127.0.0.1:${input.sandboxPort}`
    const receiver = `http://127.0.0.1:${input.receiverPort}`
    const selves = input.replicas.map(({ httpPort }) => `http://127.0.0.1:${httpPort}`)
    const publicUrl = `http://localhost:${input.publicPort}`
    const { DATABASE_URL: _, ...inherited } = process.env as Record<string, string>
    const shared: Environment.Variables = {
      ...inherited,
      NODE_ENV: "production",
      APP_MODE: "demo",
      DATABASE_APP_URL:
        process.env.DATABASE_APP_URL ?? asRole(input.databaseUrl, "tessera_app", secrets.appPassword),
      DATABASE_INFRA_URL:
        process.env.DATABASE_INFRA_URL ?? asRole(input.databaseUrl, "tessera_infra", secrets.infraPassword),
      PUBLIC_URL: publicUrl,
      SANDBOX_URL: sandbox,
      RECEIVER_URL: receiver,
      DATA_DIR: input.dataDir,
      MANAGEMENT_TOKEN: process.env.MANAGEMENT_TOKEN ?? secrets.managementToken,
      OBJECT_SECRET: process.env.OBJECT_SECRET ?? secrets.objectSecret,
      WEB_ROOT: Paths.web,
      OUTBOUND_ALLOW: [sandbox, receiver, ...selves].join(","),
      ...input.more
    }
    return {
      shared,
      migrate: {
        ...shared,
        DATABASE_URL: input.databaseUrl,
        DATABASE_OWNER_PASSWORD: secrets.ownerPassword,
        DATABASE_APP_PASSWORD: secrets.appPassword,
        DATABASE_INFRA_PASSWORD: secrets.infraPassword
      },
      sandbox: { ...shared, SANDBOX_HOST: "127.0.0.1", SANDBOX_PORT: String(input.sandboxPort) },
      receiver: { ...shared, RECEIVER_HOST: "127.0.0.1", RECEIVER_PORT: String(input.receiverPort) },
      replica: (name: string, { httpPort, runnerPort }: Environment.ReplicaPorts): Environment.Variables => ({
        ...shared,
        NODE_OPTIONS: [shared.NODE_OPTIONS, ...heap].filter(Boolean).join(" "),
        REPLICA_ID: name,
        HTTP_PORT: String(httpPort),
        RUNNER_HOST: "127.0.0.1",
        RUNNER_PORT: String(runnerPort),
        SELF_URL: `http://127.0.0.1:${httpPort}`
      })
    }
  },

  /** The variables of `full` that the launcher set itself: what a command needs on top of its own environment. */
  own: (full: Environment.Variables): Environment.Variables =>
    Object.fromEntries(Object.entries(full).filter(([name, value]) => process.env[name] !== value))
}

const asRole = (databaseUrl: string, role: string, password: string): string => {
  const url = new URL(databaseUrl)
  url.username = role
  url.password = password
  return url.href
}

export { Environment }
