import { useSyncExternalStore } from "react"
import { ClusterHistory } from "./cluster-history.ts"

/** Reads one part of what is remembered; `select` must return the same value for the same state. */
const useClusterHistory = <Value>(select: (state: ClusterHistory.State) => Value): Value => {
  const read = () => select(ClusterHistory.get())
  return useSyncExternalStore(ClusterHistory.subscribe, read, read)
}

export { useClusterHistory }
