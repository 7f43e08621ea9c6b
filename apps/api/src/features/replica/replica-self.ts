import { Context } from "effect"

declare namespace ReplicaSelf {
  type Shape = {
    /** Unique in the fleet, as `replica-1`. */
    readonly id: string
    /** Of the program. */
    readonly version: string
    /** True in demo mode only: whoever may manage a tenant may then end any replica of this machine. */
    readonly mayKill: boolean
  }
}

/** What this process is in the fleet; provided by the app from its configuration. */
class ReplicaSelf extends Context.Tag("api/replica/ReplicaSelf")<ReplicaSelf, ReplicaSelf.Shape>() {}

export { ReplicaSelf }
