import { type ClusterService } from "@tessera/infra/cluster/cluster-service"
import { ConfigError, Duration, type Effect, Either, Config as Env, Option, type Redacted } from "effect"

declare namespace Config {
  type Mode = "demo" | "development" | "production"
  type Shape = {
    /** `demo` adds the failure panel, kill buttons and demo logins; `production` refuses all of that. */
    readonly mode: Config.Mode
    /** The database as `tessera_app`: what features use. */
    readonly appUrl: Redacted.Redacted
    /** The database as `tessera_infra`: lanes, sweeps, credentials, cluster tables. */
    readonly infraUrl: Redacted.Redacted
    /** Name of this replica in timelines, logs and the cluster page. */
    readonly replicaId: string
    /** Port of HTTP, WebSocket and SSE. */
    readonly httpPort: number
    readonly httpHost: string
    /** Address under which the other replicas reach this one's runner: a pod IP, a host name. */
    readonly runnerHost: string
    readonly runnerPort: number
    /** Address that the runner listens on. */
    readonly runnerListenHost: string
    /** Port that the runner listens on, where it is another than the one that the others are told. */
    readonly runnerListenPort: Option.Option<number>
    /** How runners talk, learn that one is dead, and keep shards and messages; the same on all. */
    readonly cluster: Pick<ClusterService.Options, "transport" | "health" | "locks" | "journal" | "messages">
    /** How long an answered message of the cluster is kept, and a second sending of it is answered. */
    readonly messageRetention: Duration.Duration
    /** Origin that browsers use. */
    readonly publicUrl: string
    /** Origin of this replica itself; worker threads fetch uploads from it. */
    readonly selfUrl: string
    /** Where money moves: Stripe, or the payment half of the sandbox where there is none. */
    readonly stripe: Option.Option<{ readonly url: string; readonly key: Redacted.Redacted }>
    /** Base URL of payment provider and carrier. */
    readonly sandboxUrl: string
    /** Folder of uploads; shared by all replicas. */
    readonly dataDir: string
    /** Signs presigned object URLs; the same on all replicas, at least 16 characters. */
    readonly objectSecret: Redacted.Redacted
    /** Folder of the built web app. */
    readonly webRoot: string
    /** The bundled parse worker; beside the bundled entry of the replica unless said otherwise. */
    readonly parseWorker: URL
    /** Exact origins that outbound calls may reach although they are not public. */
    readonly outboundAllow: ReadonlyArray<string>
    /** Opens health detail and metrics; without it they are open in demo and closed elsewhere. */
    readonly managementToken: Option.Option<Redacted.Redacted>
    /** Connections of the app pool; the infra pool has half of it. */
    readonly poolSize: number
  }
}

const _defaults = { httpPort: 8080, runnerPort: 34431, poolSize: 12 } as const

type _Payments = {
  readonly payments: "sandbox" | "stripe"
  readonly url: string
  readonly key: Option.Option<Redacted.Redacted>
}

/** Stripe is nothing without a key, which nobody but the replica may know. */
const _stripe = ({ key, payments, url }: _Payments) =>
  payments === "sandbox"
    ? Either.right(Option.none())
    : Either.map(
        Either.fromOption(key, () => ConfigError.MissingData(["STRIPE_KEY"], "PAYMENTS=stripe needs a key")),
        (known) => Option.some({ url, key: known })
      )

/** Every variable of a replica, read once at boot; a missing one ends the process with its name. */
const Config = {
  defaults: _defaults,
  load: Env.all({
    mode: Env.literal("demo", "development", "production")("APP_MODE").pipe(Env.withDefault("production")),
    appUrl: Env.redacted("DATABASE_APP_URL"),
    infraUrl: Env.redacted("DATABASE_INFRA_URL"),
    replicaId: Env.string("REPLICA_ID"),
    httpPort: Env.port("HTTP_PORT").pipe(Env.withDefault(_defaults.httpPort)),
    httpHost: Env.string("HTTP_HOST").pipe(Env.withDefault("0.0.0.0")),
    runnerHost: Env.string("RUNNER_HOST"),
    runnerPort: Env.port("RUNNER_PORT").pipe(Env.withDefault(_defaults.runnerPort)),
    runnerListenHost: Env.string("RUNNER_LISTEN_HOST").pipe(Env.withDefault("0.0.0.0")),
    runnerListenPort: Env.option(Env.port("RUNNER_LISTEN_PORT")),
    cluster: Env.all({
      transport: Env.literal(
        "socket",
        "websocket",
        "http"
      )("CLUSTER_TRANSPORT").pipe(Env.withDefault("socket")),
      health: Env.literal("ping", "k8s")("CLUSTER_HEALTH").pipe(Env.withDefault("ping")),
      locks: Env.literal("advisory", "rows")("CLUSTER_LOCKS").pipe(Env.withDefault("advisory")),
      journal: Env.literal("on", "off")("CLUSTER_JOURNAL").pipe(Env.withDefault("on")),
      messages: Env.literal("batched", "stock")("CLUSTER_MESSAGES").pipe(Env.withDefault("batched"))
    }),
    messageRetention: Env.duration("MESSAGE_RETENTION").pipe(Env.withDefault(Duration.days(7))),
    publicUrl: Env.string("PUBLIC_URL"),
    selfUrl: Env.string("SELF_URL"),
    stripe: Env.all({
      payments: Env.literal("sandbox", "stripe")("PAYMENTS").pipe(Env.withDefault("sandbox")),
      url: Env.string("STRIPE_URL").pipe(Env.withDefault("https://api.stripe.com")),
      key: Env.option(Env.redacted("STRIPE_KEY"))
    }).pipe(Env.mapOrFail(_stripe)),
    sandboxUrl: Env.string("SANDBOX_URL"),
    dataDir: Env.string("DATA_DIR").pipe(Env.withDefault(".data")),
    objectSecret: Env.redacted("OBJECT_SECRET"),
    webRoot: Env.string("WEB_ROOT").pipe(Env.withDefault(".build/web")),
    parseWorker: Env.url("PARSE_WORKER").pipe(Env.withDefault(new URL("./parse-worker.js", import.meta.url))),
    outboundAllow: Env.array(Env.string(), "OUTBOUND_ALLOW").pipe(Env.withDefault([])),
    managementToken: Env.option(Env.redacted("MANAGEMENT_TOKEN")),
    poolSize: Env.integer("DATABASE_POOL").pipe(Env.withDefault(_defaults.poolSize))
  }) satisfies Effect.Effect<Config.Shape, ConfigError.ConfigError>
} as const

export { Config }
