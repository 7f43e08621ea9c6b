import { RunnerAddress, ShardingConfig } from "@effect/cluster"
import { Duration, Option, type Redacted } from "effect"

declare namespace ClusterSettings {
  /** How runners talk to each other; every runner of a cluster must have the same. */
  type Transport = "socket" | "websocket" | "http"
  /** `ping` asks the runner itself; `k8s` asks the Kubernetes API, where the host must be the pod's IP. */
  type Health = "ping" | "k8s"
  /**
   * `advisory`: locks live as long as their connection (needs a direct connection to PostgreSQL);
   * `rows`: rows that expire after 9 s (works behind a pooler in transaction mode).
   */
  type Locks = "advisory" | "rows"
  /**
   * `batched`: concurrent messages share their statements, and may join a transaction; `stock`: Effect's own
   * storage. Both know the same tables; runners of one cluster may differ while it is changed.
   */
  type Messages = "batched" | "stock"
  type Options = {
    /** Name of this replica, as rows and pages show it. */
    readonly replica: string
    /**
     * The address under which other replicas reach this one; never taken from a bare HOST or PORT variable.
     */
    readonly host: string
    readonly port: number
    readonly listenHost: string
    readonly listenPort: number
    /** The database as `tessera_infra`. */
    readonly url: Redacted.Redacted
    readonly transport: ClusterSettings.Transport
    readonly health: ClusterSettings.Health
    readonly locks: ClusterSettings.Locks
    /**
     * `on`: exits of activities go to a journal in batches; `off`: each activity is a message, as stock. A
     * run ends as it began.
     */
    readonly journal: "on" | "off"
    readonly messages: ClusterSettings.Messages
    /**
     * How often a runner looks for messages that nobody told it of: those with a delivery time. Defaults to
     * 500 ms.
     */
    readonly messagePoll?: Duration.DurationInput
    /**
     * How long a run whose journal another replica has begun waits to be interrupted before it counts as this
     * replica's after all. Defaults to 15 s; above the time in which a replica notices that it has lost its
     * shards.
     */
    readonly runPatience?: Duration.DurationInput
  }
}

/** Shards of a cluster; the same on every replica, and not to be changed while one runs. */
const _shards = 300

/** After this long without a sign of life a replica's shards go to others; it bounds every take-over. */
const _expiration = Duration.seconds(9)

const _messagePoll = Duration.millis(500)

/** Measured on three replicas: work moves 4 to 5.5 s after a SIGKILL (`docs/reliability.md`). */
const _tuned = {
  shardLockExpiration: _expiration,
  shardLockRefreshInterval: Duration.seconds(3),
  // Bounds how late the others learn that a runner leaves; a small statement each time.
  refreshAssignmentsInterval: Duration.millis(250),
  entityReplyPollInterval: Duration.millis(100),
  runnerHealthCheckInterval: Duration.seconds(2),
  // A handler that is still at it when its shard leaves is interrupted, and goes on at the next owner. Until
  // then the shard belongs to nobody: with 4 s, a saga under load kept its shard for all of them.
  entityTerminationTimeout: Duration.seconds(1),
  // An idle entity is 21 KB of heap. The reaper looks every 5 s: it is gone 5 to 10 s after its last request.
  entityMaxIdleTime: Duration.seconds(5),
  // Above every slow boot: a message for a type that is not registered by then is answered with a defect.
  entityRegistrationTimeout: Duration.minutes(5),
  entityMailboxCapacity: 4096,
  preemptiveShutdown: true,
  simulateRemoteSerialization: false,
  shardsPerGroup: _shards
} as const

/** What a cluster of this package runs with, and what of it an operator may choose. */
const ClusterSettings = {
  shards: _shards,
  expiration: _expiration,
  layer: (options: ClusterSettings.Options) =>
    ShardingConfig.layer({
      ..._tuned,
      entityMessagePollInterval: options.messagePoll ?? _messagePoll,
      shardLockDisableAdvisory: options.locks === "rows",
      runnerAddress: Option.some(RunnerAddress.make(options.host, options.port)),
      runnerListenAddress: Option.some(RunnerAddress.make(options.listenHost, options.listenPort))
    })
} as const

export { ClusterSettings }
