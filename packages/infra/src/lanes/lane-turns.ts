import { type Cause, type Context, Duration, Effect, FiberMap, MutableHashMap, Option, Runtime } from "effect"
import { LaneRegistry } from "./lane-registry.ts"
import { type LaneTenure } from "./lane-tenure.ts"
import { LocalHosts } from "./local-hosts.ts"

declare namespace LaneTurns {
  type Options = {
    readonly partition: number
    readonly tenure: LaneTenure.Shape
    /** Where a turn works, whoever woke its lane. */
    readonly context: Context.Context<never>
  }
}

type _Lane = { readonly kind: string; readonly key: string; readonly name: string }

/** Work further off than this is left to the sweep. */
const _nearMillis = 10_000

/** Near times that one partition remembers; the sweep finds the others. */
const _timerLimit = 1024

/** After a turn that failed (a lost database, a bug), so that a broken lane does not spin. */
const _pauseMillis = 1000

/** One turn at a time for each lane of a partition, and another one when it was woken meanwhile. */
const LaneTurns = {
  make: ({ context, partition, tenure }: LaneTurns.Options) =>
    Effect.gen(function* () {
      const work = yield* _work(partition, tenure)
      const hosts = yield* LocalHosts
      const running = yield* FiberMap.make<string>()
      const timers = yield* FiberMap.make<string>()
      /** Lane → whether it was woken since its present turn began. */
      const woken = MutableHashMap.empty<string, boolean>()

      const wake = (kind: string, key: string): void => {
        const lane = { kind, key, name: `${kind}/${key}` }
        const isNew = !MutableHashMap.has(woken, lane.name)
        const isAdmitted = !isNew || hosts.enter()
        isAdmitted && MutableHashMap.set(woken, lane.name, true)
        isNew && isAdmitted && start(lane)
      }

      const start = (lane: _Lane): void =>
        FiberMap.unsafeSet(
          running,
          lane.name,
          Runtime.runFork(hosts.fork)(Effect.provide(turns(lane), context))
        )

      const turns = (lane: _Lane): Effect.Effect<void> =>
        Effect.suspend(() => {
          MutableHashMap.set(woken, lane.name, false)
          return work(
            lane,
            Effect.sync(() => wake(lane.kind, lane.key))
          )
        }).pipe(
          // Decided and forgotten in one step, so that a wake falls either into this turn or into a new one.
          Effect.flatMap((turn) =>
            Effect.suspend(() => {
              const again =
                turn._tag === "Again" || Option.contains(MutableHashMap.get(woken, lane.name), true)
              return again ? Effect.succeed(true) : Effect.as(rest(lane, turn), false)
            })
          ),
          Effect.repeat({ while: (again) => again }),
          Effect.ensuring(hosts.leave)
        )

      const rest = ({ key, kind, name }: _Lane, turn: LaneRegistry.Turn): Effect.Effect<void> => {
        MutableHashMap.remove(woken, name)
        const millis = turn._tag === "DueIn" ? turn.millis : Number.POSITIVE_INFINITY
        const ring = Effect.sync(() => wake(kind, key))
        return Effect.flatMap(FiberMap.size(timers), (size) =>
          FiberMap.run(timers, name, Effect.delay(ring, Duration.millis(millis))).pipe(
            Effect.when(() => millis <= _nearMillis && size < _timerLimit),
            Effect.asVoid
          )
        )
      }

      return { wake }
    })
} as const

const _work = (partition: number, tenure: LaneTenure.Shape) =>
  Effect.map(
    LaneRegistry,
    (registry) =>
      ({ key, kind, name }: _Lane, touch: Effect.Effect<void>): Effect.Effect<LaneRegistry.Turn> =>
        registry.find(kind).pipe(
          Effect.flatMap(
            Option.match({
              onNone: () => Effect.succeed<LaneRegistry.Turn>({ _tag: "Idle" }),
              onSome: (known) =>
                Effect.flatMap(tenure.current, ({ epoch, scope }) =>
                  known.work({ partition, epoch, key, scope, touch })
                )
            })
          ),
          Effect.catchAllCause(_failed(name))
        )
  )

const _failed = (lane: string) => (cause: Cause.Cause<never>) =>
  Effect.logWarning("a turn on a lane failed", cause).pipe(
    Effect.annotateLogs({ lane }),
    Effect.as<LaneRegistry.Turn>({ _tag: "DueIn", millis: _pauseMillis })
  )

export { LaneTurns }
