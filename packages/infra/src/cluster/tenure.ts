import { type Sharding, Singleton } from "@effect/cluster"
import { Effect, type Layer, type Scope } from "effect"
import { Leadership } from "../context/leadership.ts"
import { type ClusterError } from "./cluster-error.ts"
import { ClusterSettings } from "./cluster-settings.ts"
import { LeaderStore } from "./leader-store.ts"

declare namespace Tenure {
  /** What a leader's layer asks for; `Leadership` is what its runs find, so nobody has to give it. */
  type Needs<R> = Layer.Layer<
    never,
    never,
    Sharding.Sharding | LeaderStore | Exclude<Exclude<R, Leadership>, Scope.Scope>
  >
  type Options<R> = {
    /** Unique in the cluster, and for ever: state and history are kept under it. */
    readonly name: string
    /** Expected milliseconds between two runs, for the dead man's switch. */
    readonly everyMillis: number
    /** Leads until it is interrupted, because its shard moves, or finds that another replica leads. */
    readonly lead: (tenure: LeaderStore.Tenure) => Effect.Effect<never, ClusterError, R>
  }
}

/**
 * One leader for a name at a time. The shard lock says who should lead; the fence, raised by each new
 * leader, says whose writes count, so that a process which was frozen and wakes up changes nothing.
 */
const Tenure = {
  layer: <R>({ name, everyMillis, lead }: Tenure.Options<R>): Tenure.Needs<R> =>
    Singleton.make(
      name,
      Effect.gen(function* () {
        const store = yield* LeaderStore
        const tenure = Effect.flatMap(store.lead(name, everyMillis), (leader) =>
          Effect.provideService(lead(leader), Leadership, { name, fence: leader.fence })
        ).pipe(Effect.scoped)
        // Whoever lost the lead either is interrupted within the life of a lock, or owns the shard after all.
        return yield* tenure.pipe(
          Effect.catchAllCause((cause) => Effect.logWarning("a tenure ended early", cause)),
          Effect.zipRight(Effect.sleep(ClusterSettings.expiration)),
          Effect.forever,
          Effect.annotateLogs({ leader: name })
        )
      })
    )
} as const

export { Tenure }
