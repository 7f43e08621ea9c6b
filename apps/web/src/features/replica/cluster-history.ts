import { type Cluster } from "@tessera/shared/replica/cluster"
import { Option } from "effect"
import { ReplicaColors } from "../../lib/replica-colors.ts"
import { Store } from "../../lib/store.ts"
import { ClusterActivity } from "./cluster-activity.ts"

declare namespace ClusterHistory {
  interface State {
    readonly activity: ClusterActivity.State
  }
}

const _store = Store.make<ClusterHistory.State>({ activity: ClusterActivity.start })

/** What the page remembers of the cluster since it was first seen; it outlives the page, not a reload. */
const ClusterHistory = {
  get: _store.get,
  subscribe: _store.subscribe,
  /** Every snapshot passes here; answers the newest one, because two sources may overtake each other. */
  take: (snapshot: Cluster.Snapshot): Cluster.Snapshot => {
    _store.update(({ activity }) => ({ activity: ClusterActivity.next(activity, snapshot) }))
    ReplicaColors.see(snapshot.replicas.map(({ id }) => id))
    return Option.getOrElse(_store.get().activity.last, () => snapshot)
  }
} as const

export { ClusterHistory }
