import { Array as Arr, Effect, Context as EffectContext, Layer, Ref } from "effect"
import { Trace } from "../context/trace.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventCursors } from "./event-cursors.ts"
import { EventLog } from "./event-log.ts"
import { type EventRecord } from "./event-record.ts"

declare namespace EventSubscriptions {
  type Handler = (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, never, Tenancy.Current>
  type Options = {
    /**
     * Events of all requests in one call of the handler, up to 200, as `system` and outside their traces: for
     * handlers to which a statement for each request costs too much; each record names its own.
     */
    readonly together: boolean
  }
  type Shape = {
    /**
     * To be called while a layer builds, on every replica alike; the owner of the tenant's lane runs it. The
     * handler gets events of one request at a time and runs as the one who emitted them, in their trace.
     */
    readonly on: <E>(
      subscriber: string,
      handler: (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, E, Tenancy.Current>,
      options?: EventSubscriptions.Options
    ) => Effect.Effect<void>
    readonly wake: (tenantId: Tenancy.Id) => Effect.Effect<void>
  }
}

const _kind = "subscribers"
const _batch = 200
const _retryMillis = 2000

/**
 * Durable subscribers: a cursor per (tenant, subscriber) over the log, moved in the handler's own
 * transaction.
 */
class EventSubscriptions extends EffectContext.Tag("infra/events/EventSubscriptions")<
  EventSubscriptions,
  EventSubscriptions.Shape
>() {
  static readonly layer = Layer.effect(
    EventSubscriptions,
    Effect.gen(function* () {
      const cursors = yield* EventCursors
      const database = yield* Database
      const lanes = yield* Lanes
      const log = yield* EventLog
      const handlers = yield* Ref.make<ReadonlyMap<string, EventSubscriptions.Handler>>(new Map())

      const deliver = (lane: Lanes.Lane, subscriber: string, handler: EventSubscriptions.Handler) =>
        Effect.gen(function* () {
          const { tenantId } = yield* Tenancy.Current
          const from = yield* cursors.hold({ ...lane, tenantId, subscriber })
          const { items } = yield* log.after(from, _batch)
          const last = items.at(-1)
          yield* Effect.when(handler(items), () => items.length > 0)
          yield* cursors.move({ tenantId, subscriber, seq: last?.seq ?? 0 })
          return items.length
        }).pipe(Effect.orDie, database.transaction)

      const turn = (lane: Lanes.Lane, tenantId: Tenancy.Id, subscriber: string) =>
        Effect.gen(function* () {
          const handler = (yield* Ref.get(handlers)).get(subscriber)
          const count = yield* handler === undefined
            ? Effect.succeed(0)
            : deliver(lane, subscriber, handler).pipe(
                Effect.provideService(Tenancy.Current, Tenancy.system(tenantId, `subscriber:${subscriber}`))
              )
          return count === _batch ? Lanes.again : Lanes.idle
        }).pipe(
          Effect.catchAllCause((cause) =>
            Effect.logWarning(`the subscriber ${subscriber} failed; its cursor stays`, cause).pipe(
              Effect.as(Lanes.dueIn(_retryMillis))
            )
          )
        )

      /** A lane is a tenant: its subscribers run one after the other, each with its own cursor. */
      yield* lanes.register({
        name: _kind,
        due: (partitions) =>
          Effect.map(Ref.get(handlers), (known) => cursors.behind(partitions, [...known.keys()])),
        work: (lane) =>
          Effect.gen(function* () {
            const names = [...(yield* Ref.get(handlers)).keys()]
            const turns = yield* Effect.forEach(names, (name) => turn(lane, Tenancy.Id.make(lane.key), name))
            return (
              turns.find(({ _tag }) => _tag === "Again") ??
              turns.find(({ _tag }) => _tag === "DueIn") ??
              Lanes.idle
            )
          })
      })

      return EventSubscriptions.of({
        on: (subscriber, handler, { together } = { together: false }) =>
          Ref.update(
            handlers,
            (known) => new Map([...known, [subscriber, _bound(subscriber, handler, together)]])
          ),
        wake: (tenantId) => lanes.wake(_kind, tenantId)
      })
    })
  ).pipe(Layer.provide(EventCursors.layer))
}

const _bound =
  <E>(
    subscriber: string,
    handler: (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, E, Tenancy.Current>,
    together: boolean
  ): EventSubscriptions.Handler =>
  (events) =>
    together
      ? Effect.orDie(handler(events))
      : Effect.forEach(
          _origins(events),
          (ofOne) => Effect.orDie(handler(ofOne)).pipe(_asEmitted(subscriber, ofOne[0])),
          { discard: true }
        )

const _origins = (
  events: ReadonlyArray<EventRecord>
): ReadonlyArray<Arr.NonEmptyReadonlyArray<EventRecord>> =>
  Arr.isNonEmptyReadonlyArray(events)
    ? Arr.groupWith(events, (one, other) => _origin(one) === _origin(other))
    : []

/** The trace without the span: one request emits from several places. */
const _origin = ({ actor, requestId, traceparent }: EventRecord): string =>
  [requestId, actor?.actorId, actor?.role, traceparent?.slice(0, 35)].join(" ")

const _asEmitted =
  (subscriber: string, { actor, requestId, traceparent }: EventRecord) =>
  (effect: Effect.Effect<void, never, Tenancy.Current>): Effect.Effect<void, never, Tenancy.Current> =>
    Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
      effect.pipe(
        Effect.provideService(Tenancy.Current, actor ?? Tenancy.system(tenantId, requestId)),
        Trace.continued("subscriber", traceparent, { subscriber })
      )
    )

export { EventSubscriptions }
