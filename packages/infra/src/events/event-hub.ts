import { ClusterSchema, Entity, Sharding } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import {
  Clock,
  Context,
  DateTime,
  Effect,
  Layer,
  Metric,
  Option,
  PubSub,
  RcMap,
  Schedule,
  Schema,
  Stream
} from "effect"
import { ClusterError } from "../cluster/cluster-error.ts"
import { LaneMoves } from "../lanes/lane-moves.ts"
import { Lanes } from "../lanes/lanes.ts"
import { EventMetrics } from "./event-metrics.ts"
import { EventRecord } from "./event-record.ts"

declare namespace EventHub {
  type Batch = ReadonlyArray<EventRecord>
  type Shape = {
    /** Called by the owner of the tenant's lane, right after the batch got its numbers. */
    readonly publish: (tenantId: string, batch: EventHub.Batch) => Effect.Effect<void>
    /**
     * Batches of the tenant as they are sequenced, from the owner wherever it lives. An empty batch says
     * "you may have missed something, read the log": the first one always is, and so is the first after a
     * lost connection.
     */
    readonly live: (tenantId: string) => Stream.Stream<EventHub.Batch>
  }
}

/** Batches that a slow reader may lag behind before the oldest is dropped; the log fills the gap. */
const _capacity = 256

/** Lives on the replica that owns the partition of the tenant's lane, because both hash the same id. */
const _tail = Entity.make("EventTail", [
  Rpc.make("Follow", {
    payload: { tenantId: Schema.String },
    success: Schema.Array(EventRecord),
    stream: true
  })
]).annotateRpcs(ClusterSchema.Persisted, false)

const _topics = RcMap.make({
  lookup: (_tenantId: string) =>
    Effect.acquireRelease(PubSub.sliding<EventHub.Batch>(_capacity), PubSub.shutdown),
  idleTimeToLive: "1 minute"
})

class _Topics extends Context.Tag("infra/events/EventHub/Topics")<
  _Topics,
  RcMap.RcMap<string, PubSub.PubSub<EventHub.Batch>>
>() {
  static readonly layer = Layer.scoped(_Topics, _topics)
}

const _marked = (source: Stream.Stream<EventHub.Batch>): Stream.Stream<EventHub.Batch> =>
  Stream.concat(Stream.make<[EventHub.Batch]>([]), source)

/** The oldest of a batch stands for it; its time is the database's, ours is the machine's. */
const _measured = ([oldest]: EventHub.Batch) =>
  Option.match(Option.fromNullable(oldest), {
    onNone: () => Effect.void,
    onSome: ({ occurredAt }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Metric.update(
          EventMetrics.fanOut,
          Math.max(0, now - DateTime.unsafeMake(occurredAt).epochMillis) / 1000
        )
      )
  })

/** How soon a stream notices that its shard is to move. */
const _leaveInterval = Schedule.spaced("100 millis")

const _follow = Effect.gen(function* () {
  const topics = yield* _Topics
  const sharding = yield* Sharding.Sharding
  const { shardId } = yield* Entity.CurrentAddress
  // A shard waits for the requests of its entities before it moves, and this one would not end by itself.
  const left = Effect.repeat(
    Effect.sync(() => sharding.hasShardId(shardId)),
    { schedule: _leaveInterval, while: (owned) => owned }
  )
  return _tail.of({
    Follow: ({ payload }) =>
      Stream.unwrapScoped(
        Effect.gen(function* () {
          const topic = yield* RcMap.get(topics, payload.tenantId)
          const queue = yield* PubSub.subscribe(topic)
          return _marked(Stream.fromQueue(queue)).pipe(Stream.interruptWhen(left))
        })
      )
  })
})

/**
 * Live fan-out: one stream per replica and tenant from the owner of the lane, shared by all local readers.
 */
class EventHub extends Context.Tag("infra/events/EventHub")<EventHub, EventHub.Shape>() {
  static readonly layer = Layer.scoped(
    EventHub,
    Effect.gen(function* () {
      const topics = yield* _Topics
      const client = yield* _tail.client
      const { moved } = yield* LaneMoves

      const remote = (tenantId: string) =>
        client(String(Lanes.partitionOf(tenantId)))
          .Follow({ tenantId })
          .pipe(
            // A former owner that waits for the last acknowledgement never says that it is over.
            Stream.interruptWhen(moved(Lanes.partitionOf(tenantId))),
            Stream.mapError(ClusterError.from),
            Stream.tapError(({ reason }) => Effect.logDebug(`the live events broke off: ${reason}`)),
            Stream.catchAllCause(() => Stream.empty),
            Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("200 millis")))),
            Stream.repeat(Schedule.forever)
          )

      const shared = yield* RcMap.make({
        lookup: (tenantId: string) =>
          Effect.gen(function* () {
            const local = yield* Effect.acquireRelease(
              PubSub.sliding<EventHub.Batch>(_capacity),
              PubSub.shutdown
            )
            yield* remote(tenantId).pipe(
              Stream.runForEach((batch) => Effect.zipRight(PubSub.publish(local, batch), _measured(batch))),
              Effect.forkScoped
            )
            return local
          }),
        idleTimeToLive: "10 seconds"
      })

      return EventHub.of({
        publish: (tenantId, batch) =>
          RcMap.get(topics, tenantId).pipe(
            Effect.flatMap((topic) => PubSub.publish(topic, batch)),
            Effect.scoped,
            Effect.asVoid
          ),
        live: (tenantId) =>
          Stream.unwrapScoped(
            Effect.gen(function* () {
              const local = yield* RcMap.get(shared, tenantId)
              const queue = yield* PubSub.subscribe(local)
              return _marked(Stream.fromQueue(queue))
            })
          )
      })
    })
  ).pipe(
    Layer.provide(
      _tail.toLayer(_follow, {
        maxIdleTime: "5 minutes",
        concurrency: "unbounded",
        mailboxCapacity: 10_000,
        disableFatalDefects: true
      })
    ),
    Layer.provide(Layer.merge(_Topics.layer, LaneMoves.layer))
  )
}

export { EventHub }
