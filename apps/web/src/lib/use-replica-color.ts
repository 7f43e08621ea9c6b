import { useSyncExternalStore } from "react"
import { ReplicaColors } from "./replica-colors.ts"

declare namespace useReplicaColor {
  type Style = { readonly [name: `--${string}`]: string }
}

/** The colour of a replica as a style that its children inherit; more replicas than colours share them. */
const useReplicaColor = (): ((id: string) => useReplicaColor.Style) => {
  const colors = useSyncExternalStore(ReplicaColors.subscribe, ReplicaColors.get, ReplicaColors.get)
  return (id) => {
    const index = colors.get(id)
    const value = index === undefined ? "var(--tessera-quiet)" : `var(--tessera-replica-${index})`
    return { "--replica": value }
  }
}

export { useReplicaColor }
