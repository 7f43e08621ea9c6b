import { PgClient } from "@effect/sql-pg"
import { Duration, Redacted } from "effect"
import { PostgresSocket } from "../storage/postgres-socket.ts"
import { PreparedPool } from "../storage/prepared-pool.ts"
import { ClusterSettings } from "./cluster-settings.ts"

/** Statements on the cluster's tables take milliseconds; what takes longer than this is lost. */
const _patience = Duration.seconds(8)

/** `setting` is one of PostgreSQL's, for every session of the pool. */
const _with = (url: Redacted.Redacted, settings: Readonly<Record<string, number>>) => {
  const full = new URL(Redacted.value(url))
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  full.searchParams.set("options", [full.searchParams.get("options") ?? "", ...flags].join(" ").trim())
  return Redacted.make(full.href)
}

/** Snowflakes need all 64 bits, so both pools keep the driver's own types, unlike the app's. */
const _runners = (url: Redacted.Redacted, name: string) =>
  PgClient.layer({
    url,
    applicationName: name,
    maxConnections: 2,
    connectTimeout: Duration.seconds(5),
    stream: () => new PostgresSocket(Duration.toMillis(_patience))
  })

/**
 * A message whose key is in somebody's open transaction waits so long and holds up its batch; then it waits
 * alone for as long, and fails.
 */
const _lockMillis = 2000

/** The pools of a runner: messages, journals, and shard locks on connections that nothing else recycles. */
const ClusterPool = {
  messages: ({ replica, url }: ClusterSettings.Options) =>
    PreparedPool.layer({
      url: _with(url, { statement_timeout: 7000, lock_timeout: _lockMillis }),
      name: `${replica}-messages`,
      connections: 10,
      patience: _patience
    }),
  journal: ({ replica, url }: ClusterSettings.Options) =>
    PreparedPool.layer({
      url: _with(url, { statement_timeout: 7000 }),
      name: `${replica}-journal`,
      connections: 4,
      patience: _patience
    }),
  /** The registry of runners, and in the mode `rows` their locks. */
  runners: ({ replica, url }: ClusterSettings.Options) =>
    _runners(_with(url, { statement_timeout: 7000 }), `${replica}-runners`),
  /**
   * An advisory lock lives as long as its session, also that of a process that is frozen or cut off. The
   * owner refreshes its locks every 3 s, so PostgreSQL ends a session that has said nothing for as long as
   * a lock may live, and the shards are free.
   */
  locks: ({ replica, url }: ClusterSettings.Options) => ({
    name: `${replica}-locks`,
    url: _with(url, {
      statement_timeout: 2000,
      idle_session_timeout: Duration.toMillis(ClusterSettings.expiration)
    })
  })
} as const

export { ClusterPool }
