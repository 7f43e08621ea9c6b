import { Clock, Duration, Effect, Metric, Option, Runtime } from "effect"
import { ClusterError } from "../cluster/cluster-error.ts"
import { LaneEntity } from "./lane-entity.ts"
import { LaneMetrics } from "./lane-metrics.ts"
import { LaneMoves } from "./lane-moves.ts"
import { LocalHosts } from "./local-hosts.ts"

type _Lane = Required<LaneEntity.Lane>

/** Lanes of one replica, or of one partition whose owner is not known. */
type _Box = { readonly waiting: Map<string, _Lane>; isSending: boolean }

const _timeout = Duration.seconds(1)

/**
 * A message costs more than a job: a burst of twenty leaves at once, then one each 20 ms from this replica.
 * Lanes that are woken meanwhile join the next one to their owner, and busy owners look without a wake.
 */
const _spacingMillis = 20
const _burstMillis = 400

/** Lanes in one message. */
const _batch = 500

/** Lanes that wait for a message to one replica; above it a wake is left to the sweep. */
const _limit = 5000

/**
 * Wakes for lanes on other replicas: one message a replica is under way at a time, and carries all lanes that
 * were woken meanwhile, so that their owner claims the work of all of them in one statement. It goes to the
 * partition of one of them; whoever gets a lane that moved on sends it after.
 */
const LanePost = {
  make: Effect.gen(function* () {
    const hosts = yield* LocalHosts
    const { ownerOf } = yield* LaneMoves
    const client = yield* LaneEntity.entity.client
    const boxes = new Map<string, _Box>()
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
        return _send(
          client,
          lanes.map(([, lane]) => lane)
        )
      })

    const drain = (box: _Box): Effect.Effect<void> =>
      Effect.suspend(() => {
        box.isSending = box.waiting.size > 0
        return Effect.when(Effect.zipRight(pause, deliver(box)), () => box.isSending)
      }).pipe(Effect.repeat({ while: () => box.isSending }), Effect.asVoid)

    const boxOf = (partition: number): _Box => {
      const name = Option.getOrElse(ownerOf(partition), () => `partition ${partition}`)
      const box = boxes.get(name) ?? { waiting: new Map(), isSending: false }
      boxes.set(name, box)
      return box
    }

    return {
      post: (lane: _Lane): void => {
        const box = boxOf(lane.partition)
        const isIdle = !box.isSending
        box.waiting.size < _limit && box.waiting.set(`${lane.kind}/${lane.key}`, lane)
        isIdle && Runtime.runFork(hosts.fork)(drain(box))
      }
    }
  })
} as const

type _Client = Effect.Effect.Success<typeof LaneEntity.entity.client>

const _send = (client: _Client, lanes: ReadonlyArray<_Lane>) =>
  Effect.forEach(lanes.slice(0, 1), ({ partition }) =>
    client(String(partition)).Wake({ lanes }, { discard: true })
  ).pipe(
    Effect.timeout(_timeout),
    ClusterError.refine,
    Effect.catchAll(({ reason }) => Metric.incrementBy(LaneMetrics.lost(reason), lanes.length)),
    // An interrupt of the owner must not end the wakes of the others.
    Effect.catchAllCause(() => Effect.void)
  )

export { LanePost }
