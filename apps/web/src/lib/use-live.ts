import { useSyncExternalStore } from "react"
import { LiveStore } from "./live-store.ts"

/** Reads one part of the live state; `select` must return the same value for the same state. */
const useLive = <Value>(select: (state: LiveStore.State) => Value): Value =>
  useSyncExternalStore(LiveStore.subscribe, () => select(LiveStore.get()))

export { useLive }
