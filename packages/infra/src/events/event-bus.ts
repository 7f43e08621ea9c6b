import { Context, Effect, Layer, Metric, type Option, type Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { EventCursors } from "./event-cursors.ts"
import { EventDeadLetters } from "./event-dead-letters.ts"
import { EventDelivery } from "./event-delivery.ts"
import { EventEmission } from "./event-emission.ts"
import { EventGauges } from "./event-gauges.ts"
import { EventHandlers } from "./event-handlers.ts"
import { EventHub } from "./event-hub.ts"
import { EventLog } from "./event-log.ts"
import { EventOperations } from "./event-operations.ts"
import { EventPages } from "./event-pages.ts"
import { EventPlaces } from "./event-places.ts"
import { type EventRecord } from "./event-record.ts"
import { EventReplaying } from "./event-replaying.ts"
import { EventReplays } from "./event-replays.ts"
import { EventSubscriptions } from "./event-subscriptions.ts"
import { EventTails } from "./event-tails.ts"
import { type EventWatch } from "./event-watch.ts"

declare namespace EventBus {
  type Record = EventRecord
  type Emission = EventEmission.Value
  type Emitted = EventEmission.Outcome
  type Batch = EventWatch.Batch
  type Shape = {
    /**
     * Writes into the caller's transaction: published if and only if that commits. Opens one where there is
     * none. An event whose id is in the log already is a duplicate and changes nothing, whatever it says.
     */
    readonly emit: EventEmission.Emit
    readonly log: (query: EventPages.Query) => Effect.Effect<EventPages.Page, never, Tenancy.Current>
    /** The newest event of each type, among the last 10,000 of the tenant. */
    readonly newest: Effect.Effect<ReadonlyArray<EventBus.Record>, never, Tenancy.Current>
    /**
     * What came after `after` (nothing when none), then what comes: no gap, no duplicate, on every replica.
     */
    readonly watch: (after: Option.Option<number>) => Stream.Stream<EventBus.Batch, never, Tenancy.Current>
    /**
     * Durable, once per cluster: the handler's writes and the cursor move in one transaction. To be called
     * while a layer builds, on every replica alike; the owner of the tenant's lane runs it. The handler gets
     * events of one request at a time and runs as the one who emitted them, in their trace.
     */
    readonly on: EventHandlers.Shape["add"]
  }
}

const _relay = "relay"
const _page = 500

/** Typed facts: emitted in the writer's transaction, numbered by the tenant's lane, read by every replica. */
class EventBus extends Context.Tag("infra/events/EventBus")<EventBus, EventBus.Shape>() {
  static readonly emission = EventEmission.of
  /** For whoever stands in for the bus: from the form for many to that for one or many. */
  static readonly emitting = EventEmission.emit

  static readonly layer = Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const log = yield* EventLog
      const pages = yield* EventPages
      const hub = yield* EventHub
      const { watch } = yield* EventTails
      const lanes = yield* Lanes
      const database = yield* Database
      const handlers = yield* EventHandlers
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

      const emit: EventEmission.Many = Effect.fn("EventBus.emit")(function* (emissions) {
        const { tenantId } = yield* Tenancy.Current
        const drafts = yield* Effect.forEach(emissions, (emission) =>
          emission.id === undefined
            ? Effect.map(Identifier.uuid, (id) => ({ ...emission, id }))
            : Effect.succeed({ ...emission, id: emission.id })
        )
        const wake = Effect.zipRight(Failpoint.hit("outbox.wake.before"), lanes.wake(_relay, tenantId))
        const added = yield* database.transaction(
          Effect.zipLeft(log.append(drafts, Lanes.partitionOf(tenantId)), database.afterCommit(wake))
        )
        return _outcomes(
          drafts.map(({ id }) => id),
          new Set(added)
        )
      })

      return EventBus.of({
        emit: EventEmission.emit(emit),
        watch,
        log: pages.page,
        newest: pages.newest,
        on: handlers.add
      })
    })
  ).pipe(
    Layer.provide(EventTails.layer),
    Layer.provide(EventHub.layer),
    Layer.merge(EventOperations.layer),
    Layer.merge(EventGauges.layer),
    Layer.provide(Layer.mergeAll(EventSubscriptions.layer, EventReplaying.layer, EventPlaces.layer)),
    Layer.provide(EventDelivery.layer),
    Layer.provide(
      Layer.mergeAll(
        EventCursors.layer,
        EventDeadLetters.layer,
        EventReplays.layer,
        EventHandlers.layer,
        EventPages.layer
      )
    ),
    Layer.provide(EventLog.layer)
  )
}

/** Of one id twice in one call, the first was written. */
const _outcomes = (
  ids: ReadonlyArray<string>,
  added: ReadonlySet<string>
): ReadonlyArray<EventEmission.Outcome> =>
  ids.map((id, index) => ({
    id,
    status: added.has(id) && ids.indexOf(id) === index ? "emitted" : "duplicate"
  }))

export { EventBus }
