import { CronStore } from "@tessera/infra/cluster/cron-store"
import { LeaderStore } from "@tessera/infra/cluster/leader-store"
import { Cluster } from "@tessera/shared/replica/cluster"
import {
  Array as Arr,
  Clock,
  Context,
  Duration,
  Effect,
  identity,
  Layer,
  Option,
  Schedule,
  Stream
} from "effect"
import { ReplicaSelf } from "./replica-self.ts"
import { Replicas } from "./replicas.ts"

declare namespace Clusters {
  type Shape = {
    readonly now: Effect.Effect<Cluster.Snapshot>
    /**
     * The last state at once, then each one that differs, at most twice a second, and the same one again
     * before two seconds of silence. One loop serves everybody who watches this replica; without anybody
     * there is none.
     */
    readonly watch: Stream.Stream<Cluster.Snapshot>
  }
}

const _interval = Duration.millis(500)
/** With one more interval and a slow query it is still below two seconds. */
const _silence = Duration.millis(1250)

const _ticks = 20

/** One snapshot of the fleet, the same from every replica: replicas, owners of shards, leaders. */
class Clusters extends Context.Tag("api/replica/Clusters")<Clusters, Clusters.Shape>() {
  static readonly layer = Layer.scoped(
    Clusters,
    Effect.gen(function* () {
      const { fleet } = yield* Replicas
      const leadership = yield* LeaderStore
      const crons = yield* CronStore
      const { id: seenBy } = yield* ReplicaSelf

      const now = Effect.gen(function* () {
        const { at, replicas } = yield* fleet
        const leaders = yield* leadership.all
        const ticks = Arr.groupBy(yield* crons.recent(_ticks), ({ name }) => name)
        return Cluster.Snapshot.make({
          at,
          seenBy,
          replicas,
          leaders: leaders.map((leader) => _leader(leader, ticks[leader.name] ?? []))
        })
      }).pipe(Effect.withSpan("Clusters.now"))

      // A watcher that is slow misses states in between, and holds nobody up.
      const watch = yield* Stream.repeatEffectWithSchedule(now, Schedule.spaced(_interval)).pipe(
        Stream.mapAccumEffect(_nothing, _sayWhenDue),
        Stream.filterMap(identity),
        Stream.share({ capacity: 1, strategy: "sliding", replay: 1 })
      )

      return Clusters.of({ now, watch })
    })
  )
}

type _Said = { readonly text: string; readonly millis: number }
const _nothing: _Said = { text: "", millis: 0 }

const _sayWhenDue = (said: _Said, snapshot: Cluster.Snapshot) =>
  Effect.map(Clock.currentTimeMillis, (millis): readonly [_Said, Option.Option<Cluster.Snapshot>] => {
    const { at: _, ...facts } = snapshot
    const text = JSON.stringify(facts)
    return text !== said.text || millis - said.millis >= Duration.toMillis(_silence)
      ? [{ text, millis }, Option.some(snapshot)]
      : [said, Option.none()]
  })

const _leader = (leader: LeaderStore.Leader, ticks: ReadonlyArray<CronStore.Tick>) => {
  const hasRun = leader.lastRunAt === null ? null : "singleton"
  return Cluster.Leader.make({
    ...leader,
    kind: ticks.length > 0 ? "cron" : hasRun,
    ticks: ticks.map((tick) => Cluster.Tick.make(tick))
  })
}

export { Clusters }
