import { Array as Arr, Context, Effect, Either, Layer, Option, Ref } from "effect"
import { Trace } from "../context/trace.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { type EventRecord } from "./event-record.ts"
import { type EventRegistry } from "./event-registry.ts"
import { EventSchemas } from "./event-schemas.ts"

declare namespace EventHandlers {
  type Handler<E = never> = (events: ReadonlyArray<EventRecord>) => Effect.Effect<void, E, Tenancy.Current>
  type Retry = {
    /** Until an event is given up. Defaults to 10. */
    readonly attempts: number
    /** Before the second attempt; each further pause is twice as long. Defaults to 1 s. */
    readonly firstMillis: number
    /** The longest pause. Defaults to 60 s, so that an event is given up after about four minutes. */
    readonly mostMillis: number
  }
  type Options = {
    /**
     * Events of all requests in one call of the handler, up to 200, as `system` and outside their traces: for
     * handlers to which a statement for each request costs too much; each record names its own.
     */
    readonly together?: boolean
    readonly retry?: Partial<EventHandlers.Retry>
  }
  type Subscriber = {
    readonly name: string
    readonly handle: EventHandlers.Handler
    readonly retry: EventHandlers.Retry
  }
  type Shape = {
    readonly add: <E>(
      name: string,
      handler: EventHandlers.Handler<E>,
      options?: EventHandlers.Options
    ) => Effect.Effect<void>
    readonly all: Effect.Effect<ReadonlyArray<EventHandlers.Subscriber>>
    readonly find: (name: string) => Effect.Effect<Option.Option<EventHandlers.Subscriber>>
  }
}

const _retry: EventHandlers.Retry = { attempts: 10, firstMillis: 1000, mostMillis: 60_000 }

/** The durable subscribers that this process knows; filled while layers build. */
class EventHandlers extends Context.Tag("infra/events/EventHandlers")<EventHandlers, EventHandlers.Shape>() {
  static readonly layer = Layer.effect(
    EventHandlers,
    Effect.gen(function* () {
      const schemas = yield* EventSchemas
      const known = yield* Ref.make<ReadonlyMap<string, EventHandlers.Subscriber>>(new Map())
      return EventHandlers.of({
        add: (name, handler, { together = false, retry = {} } = {}) =>
          Ref.update(
            known,
            (before) =>
              new Map([
                ...before,
                [
                  name,
                  { name, handle: _bound(name, handler, together, schemas), retry: { ..._retry, ...retry } }
                ]
              ])
          ),
        all: Effect.map(Ref.get(known), (subscribers) => [...subscribers.values()]),
        find: (name) =>
          Effect.map(Ref.get(known), (subscribers) => Option.fromNullable(subscribers.get(name)))
      })
    })
  )
}

/** What a newer release has written is handed on as it is: a webhook's receiver may understand it. */
const _bound =
  <E>(
    subscriber: string,
    handler: EventHandlers.Handler<E>,
    together: boolean,
    schemas: EventRegistry.Shape
  ): EventHandlers.Handler =>
  (stored) => {
    const events = stored.map((record) => Either.getOrElse(schemas.current(record), () => record))
    return together
      ? Effect.orDie(handler(events))
      : Effect.forEach(
          _origins(events),
          (ofOne) => Effect.orDie(handler(ofOne)).pipe(_asEmitted(subscriber, ofOne[0])),
          { discard: true }
        )
  }

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

export { EventHandlers }
