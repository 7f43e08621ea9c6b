import { type Dashboard } from "@tessera/shared/dashboard/dashboard"
import { type Event } from "@tessera/shared/event/event"
import { DateTime, Option } from "effect"
import { LiveCursor } from "./live-cursor.ts"
import { type LiveEnding } from "./live-ending.ts"
import { Store } from "./store.ts"

const _kept = 500

declare namespace LiveStore {
  type Status = "connecting" | "live" | "reconnecting" | "paused"
  /**
   * Why nobody connects: a person's wish, a device without a network, a page that nobody has looked at for
   * long.
   */
  type Hold = "person" | "offline" | "hidden"
  interface State {
    readonly status: Status
    /** Since when `status` is what it is. */
    readonly since: DateTime.Utc
    /** `paused` while there is one. */
    readonly holds: ReadonlyArray<Hold>
    /** How often a connection was lost since the page was opened, and why the last time. */
    readonly losses: number
    readonly loss: Option.Option<LiveEnding.Kind>
    /** None while an attempt is under way, or none is needed. */
    readonly nextAttempt: Option.Option<DateTime.Utc>
    /** Grows when a person does not want to wait for `nextAttempt`. */
    readonly nudges: number
    /** The replica that the connection leads to. */
    readonly replica: Option.Option<string>
    readonly position: LiveCursor.Position
    /** The newest first, at most 500, without a hole. */
    readonly events: ReadonlyArray<Event.Model>
    /** What a page shows of the dashboard: only then its numbers are streamed. */
    readonly dashboard: Dashboard.Range | undefined
    /** True while a page shows the cluster. */
    readonly cluster: boolean
  }
}

const _initial: LiveStore.State = {
  status: "connecting",
  since: DateTime.unsafeNow(),
  holds: [],
  losses: 0,
  loss: Option.none(),
  nextAttempt: Option.none(),
  nudges: 0,
  replica: Option.none(),
  position: LiveCursor.start,
  events: [],
  dashboard: undefined,
  cluster: false
}

const _store = Store.make(_initial)

/** Away from `live` there is no replica. */
const _moved = (state: LiveStore.State, status: LiveStore.Status): LiveStore.State =>
  state.status === status
    ? state
    : {
        ...state,
        status,
        since: DateTime.unsafeNow(),
        nextAttempt: Option.none(),
        replica: status === "live" ? state.replica : Option.none()
      }

const _hold = (hold: LiveStore.Hold, isOn: boolean): void =>
  _store.update((state) => {
    const others = state.holds.filter((one) => one !== hold)
    const holds = isOn ? [...others, hold] : others
    return holds.length === state.holds.length
      ? state
      : _moved({ ...state, holds }, holds.length === 0 ? "connecting" : "paused")
  })

/** What the one live connection knows; pages read it with `useLive`, only the connection writes it. */
const LiveStore = {
  ..._store,
  /** What the connection says; a pause ends only with the last hold. */
  setStatus: (status: LiveStore.Status): void =>
    _store.update((state) => (state.status === "paused" ? state : _moved(state, status))),
  hold: _hold,
  /** The connection is gone; the next attempt is at `next`. */
  lose: (loss: LiveEnding.Kind, next: DateTime.Utc): void =>
    _store.update((state) =>
      state.status === "paused"
        ? state
        : {
            ..._moved(state, "reconnecting"),
            losses: state.losses + 1,
            loss: Option.some(loss),
            nextAttempt: Option.some(next)
          }
    ),
  attempt: (): void => _store.update((state) => ({ ...state, nextAttempt: Option.none() })),
  servedBy: (replica: string): void =>
    _store.update((state) => ({ ...state, replica: Option.some(replica) })),
  /** `missed`: what was kept does not reach up to what comes now. */
  append: (position: LiveCursor.Position, fresh: ReadonlyArray<Event.Model>, missed = false): void =>
    _store.update((state) => ({
      ...state,
      position,
      events:
        fresh.length === 0 && !missed
          ? state.events
          : [...fresh.toReversed(), ...(missed ? [] : state.events)].slice(0, _kept)
    })),
  togglePause: (): void => _hold("person", !_store.get().holds.includes("person")),
  /** Does not wait for the next attempt, and believes a person who says that there is a network. */
  retryNow: (): void => {
    _hold("offline", false)
    _store.update((state) => ({ ...state, nudges: state.nudges + 1 }))
  },
  watchDashboard: (dashboard: Dashboard.Range | undefined): void =>
    _store.update((state) => ({ ...state, dashboard })),
  watchCluster: (cluster: boolean): void => _store.update((state) => ({ ...state, cluster })),
  /** Another person signed in: another tenant, another log. */
  reset: (): void => {
    _hold("person", false)
    _store.update((state) => ({
      ...state,
      losses: 0,
      loss: Option.none(),
      position: LiveCursor.start,
      events: []
    }))
  }
} as const

export { LiveStore }
