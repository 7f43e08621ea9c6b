import { DateTime, Duration, Schema } from "effect"
import { Replica } from "./replica.ts"

const _Outcome = Schema.Literal("running", "done", "failed", "skipped")

/** One scheduled moment of a cron: it has exactly one row, whichever replicas lived at that time. */
class _Tick extends Schema.Class<_Tick>("Cluster.Tick")({
  scheduledAt: Schema.DateTimeUtc,
  outcome: _Outcome,
  /** Null when nobody ran it: it was too old when a leader came. */
  ranOn: Schema.NullOr(Schema.String),
  /** Of the leader that claimed it. */
  fence: Schema.Int,
  attempts: Schema.Int,
  startedAt: Schema.DateTimeUtc,
  endedAt: Schema.NullOr(Schema.DateTimeUtc)
}) {}

/**
 * What runs on exactly one replica at a time. Why a run failed is in the log of its replica only: the text of
 * an error may name things of a tenant, and everybody who is signed in may read this.
 */
class _Leader extends Schema.Class<_Leader>("Cluster.Leader")({
  name: Schema.String,
  /** Null before its first run, when nothing tells one from the other. */
  kind: Schema.NullOr(Schema.Literal("singleton", "cron")),
  owner: Schema.String,
  /** Grows with every new leader. */
  fence: Schema.Int,
  /** How often it is expected to run. */
  everyMillis: Schema.Int,
  startedAt: Schema.DateTimeUtc,
  lastRunAt: Schema.NullOr(Schema.DateTimeUtc),
  runs: Schema.Int,
  /** Since the last run that did not fail. */
  failures: Schema.Int,
  /** True after twice the expected interval without a run. */
  late: Schema.Boolean,
  /** The last 20, the newest first; none of a singleton. */
  ticks: Schema.Array(_Tick)
}) {}

/** The whole cluster at one moment. It belongs to no tenant: everybody who is signed in sees the same. */
class _Snapshot extends Schema.Class<_Snapshot>("Cluster")({
  /** By the clock of the database, as every other time in here. */
  at: Schema.DateTimeUtc,
  /** The replica that looked. */
  seenBy: Schema.String,
  replicas: Schema.Array(Replica.Model),
  leaders: Schema.Array(_Leader)
}) {}

const _shards = 300
const _lateAfter = Duration.seconds(5)

/** Whoever says it last owns a shard, but never somebody silent before somebody who reports. */
const _byWord = (left: Replica.Model, right: Replica.Model): number =>
  Number(left.reporting) - Number(right.reporting) ||
  DateTime.toEpochMillis(left.seenAt) - DateTime.toEpochMillis(right.seenAt)

const Cluster = {
  Outcome: _Outcome,
  Tick: _Tick,
  Leader: _Leader,
  Snapshot: _Snapshot,
  /** Shards are numbered from 1 to this. */
  shards: _shards,
  /** Every shard in order, with who owns it or who left it behind; null where nobody ever said so. */
  holders: (replicas: ReadonlyArray<Replica.Model>): ReadonlyArray<Cluster.Holder> => {
    const said = new Map(
      replicas
        .toSorted(_byWord)
        .flatMap(({ id, reporting, shardIds }) =>
          shardIds.map((shard) => [shard, { replica: id, owned: reporting }] as const)
        )
    )
    return Array.from({ length: _shards }, (_, index) => said.get(index + 1) ?? null)
  },
  /** A tick that began more than 5 s after its time, or never. */
  isLate: ({ outcome, scheduledAt, startedAt }: Cluster.Tick): boolean =>
    outcome === "skipped" || DateTime.distance(scheduledAt, startedAt) > Duration.toMillis(_lateAfter)
} as const

declare namespace Cluster {
  type Outcome = typeof _Outcome.Type
  type Tick = _Tick
  type Leader = _Leader
  type Snapshot = _Snapshot
  /** `owned: false`: the replica is silent, and nobody has taken the shard yet. */
  type Holder = { readonly replica: string; readonly owned: boolean } | null
}

export { Cluster }
