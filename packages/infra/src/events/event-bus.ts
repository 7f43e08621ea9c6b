import { Array as Arr, Context, Effect, Layer, Metric, type Option, Schema, type Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { EventHub } from "./event-hub.ts"
import { EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"
import { EventSubscriptions } from "./event-subscriptions.ts"
import { EventWatch } from "./event-watch.ts"

declare namespace EventBus {
  type Record = EventRecord
  type Emission = {
    readonly type: string
    readonly aggregateId: string
    /** Of the aggregate, from 1; 0 where the aggregate counts no versions. */
    readonly version: number
    readonly payload: unknown
  }
  type Batch = EventWatch.Batch
  type Shape = {
    /**
     * Writes into the caller's transaction: published if and only if that commits. Opens one where there is
     * none.
     */
    readonly emit: (
      emissions: EventBus.Emission | ReadonlyArray<EventBus.Emission>
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly log: (options: {
      readonly after: number
      readonly limit: number
    }) => Effect.Effect<EventLog.Slice, never, Tenancy.Current>
    /**
     * What came after `after` (nothing when none), then what comes: no gap, no duplicate, on every replica.
     */
    readonly watch: (after: Option.Option<number>) => Stream.Stream<EventBus.Batch, never, Tenancy.Current>
    /** Durable, once per cluster: the handler's writes and the cursor move in one transaction. */
    readonly on: EventSubscriptions.Shape["on"]
  }
}

const _relay = "relay"
const _page = 500

/** Typed facts: emitted in the writer's transaction, numbered by the tenant's lane, read by every replica. */
class EventBus extends Context.Tag("infra/events/EventBus")<EventBus, EventBus.Shape>() {
  static readonly emission = <A extends { readonly _tag: string }, I>(
    schema: Schema.Schema<A, I>,
    payload: A,
    of: { readonly aggregateId: string; readonly version: number }
  ): EventBus.Emission => ({ ...of, type: payload._tag, payload: Schema.encodeSync(schema)(payload) })

  static readonly layer = Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const log = yield* EventLog
      const hub = yield* EventHub
      const lanes = yield* Lanes
      const database = yield* Database
      const subscriptions = yield* EventSubscriptions

      yield* lanes.register({
        name: _relay,
        due: (partitions) => Effect.succeed(log.unsequenced(partitions)),
        work: ({ partition, epoch, key }) =>
          Effect.gen(function* () {
            const tenantId = Tenancy.Id.make(key)
            // Numbered, but the answer is lost: an empty batch makes the live readers look into the log.
            const batch = yield* log
              .sequence({ partition, epoch, tenantId })
              .pipe(Effect.tapErrorCause(() => hub.publish(tenantId, [])))
            yield* Metric.update(Lanes.metrics.rows(_relay), batch.length)
            yield* Effect.when(
              Effect.zipRight(hub.publish(tenantId, batch), subscriptions.wake(tenantId)),
              () => batch.length > 0
            )
            return batch.length === _page ? Lanes.again : Lanes.idle
          })
      })

      const emit: EventBus.Shape["emit"] = Effect.fn("EventBus.emit")(function* (emissions) {
        const { tenantId } = yield* Tenancy.Current
        const drafts = yield* Effect.forEach(Arr.ensure(emissions), (emission) =>
          Effect.map(Identifier.uuid, (id) => ({ ...emission, id }))
        )
        const wake = Effect.zipRight(Failpoint.hit("outbox.wake.before"), lanes.wake(_relay, tenantId))
        yield* database.transaction(
          log.append(drafts, Lanes.partitionOf(tenantId)).pipe(Effect.zipRight(database.afterCommit(wake)))
        )
      })

      return EventBus.of({
        emit,
        watch: (after) => EventWatch.from({ log, hub }, after),
        log: ({ after, limit }) => log.after(after, limit),
        on: subscriptions.on
      })
    })
  ).pipe(
    Layer.provide(EventSubscriptions.layer),
    Layer.provide(EventHub.layer),
    Layer.provide(EventLog.layer)
  )
}

export { EventBus }
