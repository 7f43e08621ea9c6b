import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { type Event } from "@tessera/shared/event/event"
import { LiveCursor } from "./live-cursor.ts"
import { Store } from "./store.ts"

const _kept = 100

declare namespace LiveStore {
  type Status = "connecting" | "live" | "reconnecting" | "paused"
  interface State {
    readonly status: Status
    readonly position: LiveCursor.Position
    /** The newest first, at most 100. */
    readonly events: ReadonlyArray<Event.Model>
    /** What a page shows of the dashboard: only then its numbers are streamed. */
    readonly dashboard: Dashboard.Range | undefined
    /** True while a page shows the cluster. */
    readonly cluster: boolean
  }
}

const _initial: LiveStore.State = {
  status: "connecting",
  position: LiveCursor.start,
  events: [],
  dashboard: undefined,
  cluster: false
}

const _store = Store.make(_initial)

/** What the one live connection knows; pages read it with `useLive`, only the connection writes it. */
const LiveStore = {
  ..._store,
  /** What the connection says; a pause is a person's, and only `togglePause` ends it. */
  setStatus: (status: LiveStore.Status): void =>
    _store.update((state) =>
      state.status === status || state.status === "paused" ? state : { ...state, status }
    ),
  append: (position: LiveCursor.Position, fresh: ReadonlyArray<Event.Model>): void =>
    _store.update((state) => ({
      ...state,
      position,
      events: fresh.length === 0 ? state.events : [...fresh.toReversed(), ...state.events].slice(0, _kept)
    })),
  togglePause: (): void =>
    _store.update((state) => ({ ...state, status: state.status === "paused" ? "connecting" : "paused" })),
  watchDashboard: (dashboard: Dashboard.Range | undefined): void =>
    _store.update((state) => ({ ...state, dashboard })),
  watchCluster: (cluster: boolean): void => _store.update((state) => ({ ...state, cluster })),
  /** Another person signed in: another tenant, another log. */
  reset: (): void => _store.update(({ cluster, dashboard }) => ({ ..._initial, cluster, dashboard }))
} as const

export { LiveStore }
