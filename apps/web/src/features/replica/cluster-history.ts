import { type Cluster } from "@tessera/shared/replica/cluster"
import { Option } from "effect"
import { Store } from "../../lib/store.ts"
import { ClusterActivity } from "./cluster-activity.ts"

declare namespace ClusterHistory {
  interface State {
    readonly activity: ClusterActivity.State
    /** Which colour a replica has, by order of appearance: it keeps it when others come and go. */
    readonly colors: ReadonlyMap<string, number>
  }
}

const _store = Store.make<ClusterHistory.State>({ activity: ClusterActivity.start, colors: new Map() })

const _colored = (colors: ReadonlyMap<string, number>, { replicas }: Cluster.Snapshot) => {
  const fresh = replicas.map(({ id }) => id).filter((id) => !colors.has(id))
  return fresh.length === 0
    ? colors
    : new Map([...colors, ...fresh.map((id, index) => [id, colors.size + index] as const)])
}

/** What the page remembers of the cluster since it was first seen; it outlives the page, not a reload. */
const ClusterHistory = {
  get: _store.get,
  subscribe: _store.subscribe,
  /** Every snapshot passes here; answers the newest one, because two sources may overtake each other. */
  take: (snapshot: Cluster.Snapshot): Cluster.Snapshot => {
    _store.update(({ activity, colors }) => ({
      activity: ClusterActivity.next(activity, snapshot),
      colors: _colored(colors, snapshot)
    }))
    return Option.getOrElse(_store.get().activity.last, () => snapshot)
  }
} as const

export { ClusterHistory }
