import { Cluster } from "@tessera/shared/replica/cluster"
import { Array as Arr, DateTime, identity, Option, Record } from "effect"
import { ClusterChange } from "./cluster-change.ts"

declare namespace ClusterActivity {
  interface State {
    readonly last: Option.Option<Cluster.Snapshot>
    /** Of each shard, whoever was the last to own it; between two owners nobody does. */
    readonly owners: ReadonlyArray<string>
    /** The newest first, at most 40. */
    readonly changes: ReadonlyArray<ClusterChange.Model>
  }
}

type _Advance = (
  change: ClusterChange.Model,
  owners: ReadonlyArray<string>,
  after: Cluster.Snapshot
) => ClusterChange.Model

const _kept = 40
/** After a longer pause the picture is new: who moved when in between is not known. */
const _gapMillis = 15_000
/** A new replica that got no shard for so long has all that it will get. */
const _settledMillis = 4000
const _settlingMillis = 30_000

const _millis = DateTime.toEpochMillis
const _byId = ({ replicas }: Cluster.Snapshot) => new Map(replicas.map((replica) => [replica.id, replica]))

const _ownersAfter = (owners: ReadonlyArray<string>, { replicas }: Cluster.Snapshot) =>
  Cluster.holders(replicas).map((holder, index) =>
    holder?.owned === true ? holder.replica : (owners[index] ?? "")
  )

/** Shards that the replica owns and had not counted yet, by who had each of them before. */
const _gains = (change: ClusterChange.Model, owners: ReadonlyArray<string>, after: Cluster.Snapshot) =>
  Cluster.holders(after.replicas).flatMap((holder, index) =>
    holder?.replica === change.replica && holder.owned && !change.shards.includes(index + 1)
      ? [{ shard: index + 1, from: owners[index] ?? "" }]
      : []
  )

const _counted = (counts: ClusterChange.Counts, names: ReadonlyArray<string>): ClusterChange.Counts => ({
  ...counts,
  ...Record.map(Arr.groupBy(names, identity), (same, name) => (counts[name] ?? 0) + same.length)
})

/** Looks at who owns them now, not at who moved: a shard may be taken before its owner counts as silent. */
const _advanceLeft: _Advance = (change, _owners, after) => {
  const holders = Cluster.holders(after.replicas)
  const self = _byId(after).get(change.replica)
  const isStillThere = self?.phase === "draining"
  const takenBy = (shard: number): string | null => {
    const holder = holders[shard - 1] ?? null
    return holder?.owned === true && !(isStillThere && holder.replica === change.replica)
      ? holder.replica
      : null
  }
  const waiting = change.shards.filter((shard) => takenBy(shard) === null)
  const hasMoved = waiting.length < change.shards.length
  const isSuccessor = self?.reporting === true && ClusterChange.idOf("left", self) !== change.id
  const at = hasMoved ? _millis(after.at) : change.movedAt
  return {
    ...change,
    how: isSuccessor && change.how === "silent" ? "restarted" : change.how,
    shards: waiting,
    moved: _counted(
      change.moved,
      change.shards.flatMap((shard) => takenBy(shard) ?? [])
    ),
    movedAt: at,
    until: waiting.length === 0 ? at : null
  }
}

const _advanceJoined: _Advance = (change, owners, after) => {
  const gains = _gains(change, owners, after)
  const at = _millis(after.at)
  const movedAt = gains.length > 0 ? at : change.movedAt
  const shards = [...change.shards, ...gains.map(({ shard }) => shard)]
  const moved = _counted(
    change.moved,
    gains.map(({ from }) => from)
  )
  const self = _byId(after).get(change.replica)
  const hasSettled = Object.keys(moved).length > 0 && at - movedAt > _settledMillis
  const isOver = hasSettled || self?.reporting !== true || at - change.since > _settlingMillis
  return {
    ...change,
    note: self?.phase ?? change.note,
    shards,
    moved,
    movedAt,
    until: isOver ? movedAt : null
  }
}

const _advances = {
  left: _advanceLeft,
  joined: _advanceJoined,
  leader: (change) => change
} as const satisfies Record<ClusterChange.Kind, _Advance>

const _compared = (
  { changes, owners }: ClusterActivity.State,
  before: Cluster.Snapshot,
  after: Cluster.Snapshot
): ReadonlyArray<ClusterChange.Model> => {
  const known = new Set(changes.map(({ id }) => id))
  const fresh = ClusterChange.between(before, after).filter(({ id }) => !known.has(id))
  return [...fresh, ...changes]
    .map((change) => (change.until === null ? _advances[change.kind](change, owners, after) : change))
    .slice(0, _kept)
}

/**
 * What happened, told from two pictures of the cluster: who came, who went, and who took the shards over.
 * A change stays open, and counts on, until its last shard has a new owner.
 */
const ClusterActivity = {
  start: { last: Option.none(), owners: [], changes: [] } satisfies ClusterActivity.State,
  next: (state: ClusterActivity.State, snapshot: Cluster.Snapshot): ClusterActivity.State =>
    Option.match(state.last, {
      onNone: () => _seen(state, snapshot, []),
      onSome: (before) => {
        const pause = _millis(snapshot.at) - _millis(before.at)
        const changes = pause > _gapMillis ? state.changes : _compared(state, before, snapshot)
        return pause < 0 ? state : _seen(state, snapshot, changes)
      }
    })
} as const

const _seen = (
  { owners }: ClusterActivity.State,
  snapshot: Cluster.Snapshot,
  changes: ReadonlyArray<ClusterChange.Model>
): ClusterActivity.State => ({
  last: Option.some(snapshot),
  owners: _ownersAfter(owners, snapshot),
  changes
})

export { ClusterActivity }
