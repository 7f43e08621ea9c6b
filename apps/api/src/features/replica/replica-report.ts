import { hostname } from "node:os"
import { ClusterService } from "@tessera/infra/cluster/cluster-service"
import { HealthService } from "@tessera/infra/observe/health-service"
import { DateTime, Duration, Effect, Layer, Ref, Schedule } from "effect"
import { ReplicaRepo } from "./replica-repo.ts"
import { ReplicaSelf } from "./replica-self.ts"
import { ReplicaVitals } from "./replica-vitals.ts"

/** Memory, lag and the moment of the report. */
const _interval = Duration.seconds(2)
/** Ownership and phase are looked at more often, so that a take-over is seen as it happens. */
const _glance = Duration.millis(250)
const _trendLength = 60
const _bytesPerMegabyte = 1_000_000

type _Measured = ReplicaVitals.Sample & Pick<ReplicaRepo.Beat, "memoryTrend" | "lagTrend">
type _Position = Pick<ReplicaRepo.Beat, "phase" | "shardIds">

/**
 * This replica's row in `replicas`: written every 2 s, at once when its shards or its phase changed, and
 * deleted when it leaves. A replica that is killed leaves the row behind, which is how the others know.
 */
const ReplicaReport = Layer.scopedDiscard(
  Effect.gen(function* () {
    const repo = yield* ReplicaRepo
    const vitals = yield* ReplicaVitals
    const self = yield* ReplicaSelf
    const who = yield* _who
    const position = yield* _position
    const { entities } = yield* ClusterService
    const measured = yield* Ref.make(_measured({ memoryTrend: [], lagTrend: [] }, yield* vitals.sample))
    const written = yield* Ref.make("")
    const oneByOne = yield* Effect.makeSemaphore(1)

    const write = Effect.gen(function* () {
      const now = yield* position
      yield* repo.beat({
        ...who,
        ...now,
        ...(yield* Ref.get(measured)),
        shards: now.shardIds.length,
        entities: yield* entities
      })
      yield* Ref.set(written, _key(now))
    }).pipe(
      Effect.catchAllCause((cause) => Effect.logWarning("the report of this replica failed", cause)),
      oneByOne.withPermits(1)
    )
    const measure = Effect.flatMap(vitals.sample, (sample) =>
      Ref.update(measured, (before) => _measured(before, sample))
    )
    const hasMoved = Effect.zipWith(position, Ref.get(written), (now, before) => _key(now) !== before)

    // Before the first report, so that the finalizer runs after the reports have ended.
    yield* Effect.addFinalizer(() => Effect.ignore(Effect.sandbox(repo.leave(self.id))))
    yield* write
    yield* Effect.zipRight(measure, write).pipe(
      Effect.schedule(Schedule.spaced(_interval)),
      Effect.forkScoped
    )
    yield* Effect.whenEffect(write, hasMoved).pipe(
      Effect.schedule(Schedule.spaced(_glance)),
      Effect.forkScoped
    )
  })
)

const _who = Effect.gen(function* () {
  const { address } = yield* ClusterService
  const { id, version } = yield* ReplicaSelf
  const up = Duration.seconds(process.uptime())
  const startedAt = DateTime.formatIso(DateTime.subtractDuration(yield* DateTime.now, up))
  return { id, version, address, host: hostname(), pid: process.pid, startedAt }
})

const _position = Effect.map(
  Effect.all({ cluster: ClusterService, health: HealthService }),
  ({ cluster, health }): Effect.Effect<_Position> =>
    Effect.all({ phase: health.phase, shardIds: cluster.shards })
)

const _key = ({ phase, shardIds }: _Position): string => `${phase} ${shardIds.join(" ")}`

const _measured = (
  { lagTrend, memoryTrend }: Pick<_Measured, "memoryTrend" | "lagTrend">,
  sample: ReplicaVitals.Sample
): _Measured => ({
  ...sample,
  memoryTrend: [...memoryTrend, Math.round(sample.rssBytes / _bytesPerMegabyte)].slice(-_trendLength),
  lagTrend: [...lagTrend, sample.lagP99Millis].slice(-_trendLength)
})

export { ReplicaReport }
