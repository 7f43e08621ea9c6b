import { type Cluster } from "@tessera/shared/replica/cluster"
import { type Replica } from "@tessera/shared/replica/replica"
import { DateTime } from "effect"

declare namespace ClusterChange {
  /** Shards by the other side of the move. */
  type Counts = { readonly [replica: string]: number }
  type Kind = "left" | "joined" | "leader"
  interface Model {
    readonly id: string
    readonly kind: ClusterChange.Kind
    /** The replica; for `leader` the one that leads now. */
    readonly replica: string
    /** All in milliseconds, by the clock of the database; `until` is null while it goes on. */
    readonly since: number
    readonly movedAt: number
    readonly until: number | null
    /** `left`: shards that nobody has taken yet. `joined`: those that it got. */
    readonly shards: ReadonlyArray<number>
    /** `left`: by who took them. `joined`: by who had them before. */
    readonly moved: ClusterChange.Counts
    /** Why it left; `restarted` once its successor reports before all shards were taken. */
    readonly how: "draining" | "silent" | "restarted" | "started"
    /** `joined`: its phase. `leader`: what it leads, under which fence, after whom. */
    readonly note: string
  }
}

const _millis = DateTime.toEpochMillis
const _byId = ({ replicas }: Cluster.Snapshot) => new Map(replicas.map((replica) => [replica.id, replica]))
const _idOf = (kind: string, { id, startedAt }: Replica.Model) => `${kind} ${id} ${_millis(startedAt)}`

const _isGone = (before: Replica.Model, after: Replica.Model | undefined) =>
  after === undefined || !after.reporting || _millis(after.startedAt) !== _millis(before.startedAt)

const _isLeaving = (before: Replica.Model, after: Replica.Model | undefined) =>
  before.reporting && (_isGone(before, after) || after?.phase === "draining")

/** The row outlives the process, until its successor writes it anew. */
const _lastWord = (before: Replica.Model, after: Replica.Model | undefined) =>
  after !== undefined && _idOf("", after) === _idOf("", before) ? after.seenAt : before.seenAt

/** Those who went away or began to, with the shards that they had. */
const _departures = (before: Cluster.Snapshot, after: Cluster.Snapshot) => {
  const now = _byId(after)
  return before.replicas
    .filter((replica) => _isLeaving(replica, now.get(replica.id)))
    .map((replica): ClusterChange.Model => {
      const isAsked = replica.phase === "draining" || now.get(replica.id)?.phase === "draining"
      return {
        id: _idOf("left", replica),
        kind: "left",
        replica: replica.id,
        since: _millis(isAsked ? after.at : _lastWord(replica, now.get(replica.id))),
        movedAt: _millis(after.at),
        until: null,
        shards: replica.shardIds,
        moved: {},
        how: isAsked ? "draining" : "silent",
        note: ""
      }
    })
}

const _arrivals = (before: Cluster.Snapshot, after: Cluster.Snapshot) => {
  const then = _byId(before)
  return after.replicas
    .filter(({ id, reporting, startedAt }) => {
      const known = then.get(id)
      return reporting && (known === undefined || _millis(known.startedAt) !== _millis(startedAt))
    })
    .map(
      (replica): ClusterChange.Model => ({
        id: _idOf("joined", replica),
        kind: "joined",
        replica: replica.id,
        since: _millis(replica.startedAt),
        movedAt: _millis(after.at),
        until: null,
        shards: [],
        moved: {},
        how: "started",
        note: replica.phase
      })
    )
}

const _elections = (before: Cluster.Snapshot, after: Cluster.Snapshot) => {
  const then = new Map(before.leaders.map((leader) => [leader.name, leader]))
  return after.leaders.flatMap((leader): ReadonlyArray<ClusterChange.Model> => {
    const known = then.get(leader.name)
    const change = {
      id: `leader ${leader.name} ${leader.fence}`,
      kind: "leader",
      replica: leader.owner,
      since: _millis(leader.startedAt),
      movedAt: _millis(leader.startedAt),
      until: _millis(leader.startedAt),
      shards: [],
      moved: {},
      how: "started",
      note: `${leader.name}, fence ${leader.fence}${known === undefined ? "" : `, before ${known.owner}`}`
    } as const
    return known?.fence === leader.fence ? [] : [change]
  })
}

/** One thing that happened to the cluster, as it looks when it is noticed; `ClusterActivity` follows it. */
const ClusterChange = {
  /** One process of a replica: its successor has the same name and another beginning. */
  idOf: _idOf,
  between: (before: Cluster.Snapshot, after: Cluster.Snapshot): ReadonlyArray<ClusterChange.Model> => [
    ..._elections(before, after),
    ..._arrivals(before, after),
    ..._departures(before, after)
  ]
} as const

export { ClusterChange }
