import { type Effect, type Option } from "effect"
import { type Lanes } from "../lanes/lanes.ts"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { type EventRecord } from "./event-record.ts"

/** A place in the log from which one subscriber is fed: its cursor, or a replay. */
declare namespace EventSource {
  type Held = {
    /** The last number that was handled or given up. */
    readonly from: number
    /** Of the event that comes next. */
    readonly failures: number
    /** Until the next attempt; 0 when it is due. */
    readonly waitMillis: number
  }
  type Slice = {
    readonly events: ReadonlyArray<EventRecord>
    /** Up to here the slice has looked. */
    readonly position: number
    readonly isFull: boolean
  }
  type Failure = { readonly error: string; readonly delayMillis: number }
  type Shape = {
    /** Of one slice. */
    readonly limit: number
    /**
     * Locks the place in the caller's transaction. None where nothing is to be done: it is paused or over, or
     * the partition has another owner.
     */
    readonly hold: Effect.Effect<Option.Option<EventSource.Held>, never, Tenancy.Current>
    readonly read: (from: number, limit: number) => Effect.Effect<EventSource.Slice, never, Tenancy.Current>
    /** Forwards only, in the transaction of the subscriber's own writes; what the lane is to do next. */
    readonly moved: (slice: EventSource.Slice) => Effect.Effect<Lanes.Turn, never, Tenancy.Current>
    /** Counts a failure of the next event and says when it is tried again. */
    readonly failed: (failure: EventSource.Failure) => Effect.Effect<void, never, Tenancy.Current>
    /** The failures of the next event up to now, as JSON. */
    readonly errors: Effect.Effect<string, never, Tenancy.Current>
  }
}

export type { EventSource }
