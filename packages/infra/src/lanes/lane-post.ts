import { Clock, Duration, Effect, Metric, Runtime } from "effect"
import { ClusterError } from "../cluster/cluster-error.ts"
import { LaneHost } from "./lane-host.ts"
import { LaneMetrics } from "./lane-metrics.ts"
import { LocalHosts } from "./local-hosts.ts"

type _Box = {
  readonly partition: number
  readonly waiting: Map<string, LaneHost.Name>
  isSending: boolean
}

const _timeout = Duration.seconds(1)

/**
 * A message costs more than a job: a burst of twenty leaves at once, then one each 10 ms from this replica.
 * Lanes that are woken meanwhile join the next one to their partition, and busy owners look without a wake.
 */
const _spacingMillis = 10
const _burstMillis = 200

/** Lanes in one message. */
const _batch = 500

/** Lanes that wait for a message to one partition; above it a wake is left to the sweep. */
const _limit = 5000

/**
 * Wakes for lanes on other replicas: one message a partition is under way at a time, and carries all lanes
 * that were woken meanwhile.
 */
const LanePost = {
  make: Effect.gen(function* () {
    const hosts = yield* LocalHosts
    const client = yield* LaneHost.entity.client
    const boxes = Array.from(
      { length: LaneHost.partitions },
      (_, partition): _Box => ({ partition, waiting: new Map(), isSending: false })
    )
    let next = 0

    const pause = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      next = Math.max(next, now - _burstMillis) + _spacingMillis
      return next > now ? Effect.sleep(Duration.millis(next - now)) : Effect.void
    })

    const deliver = (box: _Box) =>
      Effect.suspend(() => {
        const lanes = [...box.waiting].slice(0, _batch)
        lanes.forEach(([name]) => {
          box.waiting.delete(name)
        })
        return _send(client(String(box.partition)), lanes)
      })

    const drain = (box: _Box): Effect.Effect<void> =>
      Effect.suspend(() => {
        box.isSending = box.waiting.size > 0
        return Effect.when(Effect.zipRight(pause, deliver(box)), () => box.isSending)
      }).pipe(Effect.repeat({ while: () => box.isSending }), Effect.asVoid)

    const put = (box: _Box, lane: LaneHost.Name): void => {
      const isIdle = !box.isSending
      box.waiting.size < _limit && box.waiting.set(`${lane.kind}/${lane.key}`, lane)
      isIdle && Runtime.runFork(hosts.fork)(drain(box))
    }

    return {
      post: (partition: number, lane: LaneHost.Name): void =>
        boxes.slice(partition, partition + 1).forEach((box) => {
          put(box, lane)
        })
    }
  })
} as const

type _Client = ReturnType<Effect.Effect.Success<typeof LaneHost.entity.client>>

const _send = ({ Wake }: _Client, waiting: ReadonlyArray<readonly [string, LaneHost.Name]>) =>
  Wake({ lanes: waiting.map(([, lane]) => lane) }, { discard: true }).pipe(
    Effect.timeout(_timeout),
    ClusterError.refine,
    Effect.catchAll(({ reason }) => Metric.incrementBy(LaneMetrics.lost(reason), waiting.length)),
    // An interrupt of the owner must not end the wakes of the others.
    Effect.catchAllCause(() => Effect.void)
  )

export { LanePost }
