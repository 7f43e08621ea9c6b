import { Array as Arr, Context, Effect, Layer, Option, Ref, Schema, Stream } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventHub } from "./event-hub.ts"
import { EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"
import { EventSubscriptions } from "./event-subscriptions.ts"

declare namespace EventBus {
  type Record = EventRecord
  type Emission = {
    readonly type: string
    readonly aggregateId: string
    /** Of the aggregate, from 1; 0 where the aggregate counts no versions. */
    readonly version: number
    readonly payload: unknown
  }
  type Batch = { readonly head: number; readonly events: ReadonlyArray<EventRecord> }
  type Shape = {
    /** Writes into the caller's transaction: published if and only if that commits. Opens one where there is none. */
    readonly emit: (
      emissions: EventBus.Emission | ReadonlyArray<EventBus.Emission>
    ) => Effect.Effect<void, never, Tenancy.Current>
    readonly log: (options: {
      readonly after: number
      readonly limit: number
    }) => Effect.Effect<EventLog.Slice, never, Tenancy.Current>
    /** What came after `after` (nothing when none), then what comes: no gap, no duplicate, on every replica. */
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
        due: log.unsequenced,
        work: ({ partition, epoch, key }) =>
          Effect.gen(function* () {
            const tenantId = Tenancy.Id.make(key)
            const batch = yield* log.sequence({ partition, epoch, tenantId })
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
        yield* database.transaction(
          log
            .append(drafts, Lanes.partitionOf(tenantId))
            .pipe(Effect.zipRight(database.afterCommit(lanes.wake(_relay, tenantId))))
        )
      })

      /** Reads the log from the last number seen until it is caught up; a live batch that fits is used as it is. */
      const next = (seen: Ref.Ref<number>, batch: EventHub.Batch) =>
        Effect.gen(function* () {
          const last = yield* Ref.get(seen)
          const fits = batch[0]?.seq === last + 1
          const fresh = fits ? { items: batch, head: last + batch.length } : yield* catchUp(last, batch)
          yield* Ref.set(seen, Math.max(last, fresh.items.at(-1)?.seq ?? last))
          return { head: Math.max(fresh.head, last), events: fresh.items }
        })

      const catchUp = (last: number, batch: EventHub.Batch) =>
        batch.length > 0 && batch.every(({ seq }) => seq <= last)
          ? Effect.succeed({ items: [], head: last })
          : readAll(last)

      const readAll = (last: number): Effect.Effect<EventLog.Slice, never, Tenancy.Current> =>
        Stream.paginateEffect(last, (after) =>
          Effect.map(log.after(after, _page), (slice) => [
            slice,
            slice.items.length === _page ? Option.fromNullable(slice.items.at(-1)?.seq) : Option.none()
          ])
        ).pipe(
          Stream.runFold(_nothing(last), (all, slice) => ({
            items: [...all.items, ...slice.items],
            head: Math.max(slice.head, all.head)
          }))
        )

      const watch: EventBus.Shape["watch"] = (after) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const { tenantId } = yield* Tenancy.Current
            const start = yield* Option.match(after, {
              onNone: () => Effect.map(log.after(Number.MAX_SAFE_INTEGER, 1), ({ head }) => head),
              onSome: Effect.succeed
            })
            const seen = yield* Ref.make(start)
            return hub.live(tenantId).pipe(Stream.mapEffect((batch) => next(seen, batch)))
          })
        )

      return EventBus.of({
        emit,
        watch,
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

const _nothing = (head: number): EventLog.Slice => ({ items: [], head })

export { EventBus }
