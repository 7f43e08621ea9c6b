import { ClusterSchema, Entity } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import {
  type Cause,
  Duration,
  Effect,
  ExecutionStrategy,
  Fiber,
  FiberMap,
  MutableHashMap,
  Option,
  Schedule,
  Schema,
  Scope
} from "effect"
import { InfraSql } from "../storage/infra-sql.ts"
import { LaneRegistry } from "./lane-registry.ts"

const _partitions = 64

/** Lanes that one partition works on at once; a wake above it is dropped and found by a later sweep. */
const _activeLimit = 512

/** Work further off than this is left to the sweep. */
const _nearMillis = 10_000

/** After a turn that failed (a lost database, a bug), so that a broken lane does not spin. */
const _pauseMillis = 1000

const _entity = Entity.make("LaneHost", [
  Rpc.make("Wake", { payload: { kind: Schema.String, key: Schema.String } })
]).annotateRpcs(ClusterSchema.Persisted, false)

const _takeOver = (partition: number) =>
  Effect.gen(function* () {
    const sql = yield* InfraSql
    const [row] = yield* sql<{ readonly epoch: number }>`
      UPDATE lane_partitions SET epoch = epoch + 1 WHERE partition = ${partition} RETURNING epoch`
    return row?.epoch ?? 0
  }).pipe(Effect.retry(Schedule.spaced("1 second")), Effect.orDie)

const _host = Effect.gen(function* () {
  const registry = yield* LaneRegistry
  const { entityId } = yield* Entity.CurrentAddress
  const partition = Number(entityId)
  // In the background, so that a slow take-over neither fails the wake nor is cut off by its deadline.
  const tenure = yield* _takeOver(partition).pipe(Effect.forkScoped)
  // Made before the lanes, so it closes after them (a lane must not claim again what is being interrupted),
  // and at once for all its work: one after the other would use up the time that a leaving replica has.
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
  const running = yield* FiberMap.make<string>()
  const timers = yield* FiberMap.make<string>()
  /** Lane → whether it was woken since its present turn began. */
  const woken = MutableHashMap.empty<string, boolean>()

  const wake = (kind: string, key: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      const name = `${kind}/${key}`
      const start = Effect.suspend(() => {
        MutableHashMap.set(woken, name, true)
        return Effect.asVoid(FiberMap.run(running, name, turns(kind, key, name)))
      })
      return Option.match(MutableHashMap.get(woken, name), {
        onSome: () => Effect.asVoid(Effect.sync(() => MutableHashMap.set(woken, name, true))),
        onNone: () => Effect.asVoid(Effect.when(start, () => MutableHashMap.size(woken) < _activeLimit))
      })
    })

  const turns = (kind: string, key: string, name: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      MutableHashMap.set(woken, name, false)
      return work(kind, key, name)
    }).pipe(
      // Decided and forgotten in one step, so that a wake falls either into this turn or into a new one.
      Effect.flatMap((turn) =>
        Effect.suspend(() => {
          const again = turn._tag === "Again" || Option.contains(MutableHashMap.get(woken, name), true)
          return again ? Effect.succeed(true) : Effect.as(rest(kind, key, name, turn), false)
        })
      ),
      Effect.repeat({ while: (again) => again }),
      Effect.asVoid
    )

  const work = (kind: string, key: string, name: string): Effect.Effect<LaneRegistry.Turn> =>
    registry.find(kind).pipe(
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.succeed<LaneRegistry.Turn>({ _tag: "Idle" }),
          onSome: (known) =>
            Effect.flatMap(Fiber.join(tenure), (epoch) =>
              known.work({ partition, epoch, key, scope, touch: wake(kind, key) })
            )
        })
      ),
      Effect.catchAllCause(_failed(name))
    )

  const rest = (kind: string, key: string, name: string, turn: LaneRegistry.Turn): Effect.Effect<void> => {
    MutableHashMap.remove(woken, name)
    const millis = turn._tag === "DueIn" ? turn.millis : Number.POSITIVE_INFINITY
    return FiberMap.run(timers, name, Effect.delay(wake(kind, key), Duration.millis(millis))).pipe(
      Effect.when(() => millis <= _nearMillis),
      Effect.asVoid
    )
  }

  return _entity.of({
    Wake: ({ payload }) => wake(payload.kind, payload.key)
  })
})

const _failed = (lane: string) => (cause: Cause.Cause<never>) =>
  Effect.logWarning("a turn on a lane failed", cause).pipe(
    Effect.annotateLogs({ lane }),
    Effect.as<LaneRegistry.Turn>({ _tag: "DueIn", millis: _pauseMillis })
  )

/**
 * One entity per partition, never evicted; it owns an epoch and runs the lanes of its partition that have
 * work.
 */
const LaneHost = {
  partitions: _partitions,
  entity: _entity,
  layer: _entity.toLayer(_host, {
    maxIdleTime: Duration.infinity,
    concurrency: "unbounded",
    mailboxCapacity: 10_000,
    disableFatalDefects: true
  })
} as const

export { LaneHost }
