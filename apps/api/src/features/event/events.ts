import { EventBus } from "@tessera/infra/events/event-bus"
import { EventMetrics } from "@tessera/infra/events/event-metrics"
import { type StreamingService } from "@tessera/infra/realtime/streaming-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Event } from "@tessera/shared/event/event"
import { Chunk, Context, Duration, Effect, Layer, Metric, type Option, Sink, Stream } from "effect"
import { EventCodec } from "./event-codec.ts"
import { EventFilter } from "./event-filter.ts"

declare namespace Events {
  type Batch = {
    readonly head: number
    readonly position: number
    readonly events: ReadonlyArray<Event.Model>
  }
  type Page = { readonly items: ReadonlyArray<Event.Model>; readonly head: number; readonly last: number }
  type Query = {
    readonly after?: number | undefined
    readonly limit?: number | undefined
    readonly types?: ReadonlyArray<string> | undefined
  }
  type Watch = {
    readonly after: Option.Option<number>
    readonly types: ReadonlyArray<string> | undefined
  }
  type Shape = {
    /** `limit` is 100 when absent. */
    readonly log: (query: Events.Query) => Effect.Effect<Events.Page, Event.UnknownType, Tenancy.Current>
    /**
     * Whatever happens within 100 ms arrives as one batch; the first batch may be empty and carries the
     * head, and so may one whose events are not wanted.
     */
    readonly watch: (watch: Events.Watch) => Stream.Stream<Events.Batch, Event.UnknownType, Tenancy.Current>
    /**
     * The same one by one, ready for Server-Sent Events. A frame `position` stands for what was left out at
     * the end of a batch, so that who comes back does not begin before it.
     */
    readonly frames: (
      watch: Events.Watch
    ) => Effect.Effect<Stream.Stream<StreamingService.Event, never, Tenancy.Current>, Event.UnknownType>
    /** The newest event of each type. */
    readonly newest: Effect.Effect<ReadonlyArray<Event.Model>, never, Tenancy.Current>
  }
}

const _defaultLimit = 100
const _coalesced = Duration.millis(100)
/** Batches of the bus that one batch of ours may hold; more of them wait in the bus. */
const _merged = 1000

/** The tenant's log as clients read it: a page, a socket, a stream. */
class Events extends Context.Tag("api/event/Events")<Events, Events.Shape>() {
  static readonly layer = Layer.effect(
    Events,
    Effect.gen(function* () {
      const bus = yield* EventBus

      const log: Events.Shape["log"] = Effect.fn("Events.log")(function* (query) {
        const { head, items, last } = yield* bus.log({
          after: query.after ?? 0,
          limit: query.limit ?? _defaultLimit,
          types: yield* EventFilter.of(query.types)
        })
        return { items: yield* _read(items), head, last }
      })

      // The first batch leaves at once; later ones collect for as long as the throttle holds the stream.
      const watch = (after: Option.Option<number>, types: EventFilter.Types) =>
        bus.watch(after).pipe(
          Stream.aggregate(Sink.collectAllN<EventBus.Batch>(_merged)),
          Stream.filter(Chunk.isNonEmpty),
          Stream.throttle({ cost: () => 1, units: 1, duration: _coalesced, strategy: "shape" }),
          Stream.mapEffect((batches) => {
            const records = Chunk.toReadonlyArray(batches).flatMap(({ events }) => events)
            const { head, position } = Chunk.lastNonEmpty(batches)
            return Effect.map(
              _read(records.filter((record) => EventFilter.admits(types, record))),
              (events) => ({
                ...{ head, position, events }
              })
            )
          })
        )

      const frames = (after: Option.Option<number>, types: EventFilter.Types) =>
        bus.watch(after).pipe(
          Stream.filter(({ events }) => events.length > 0),
          Stream.mapEffect(({ events, position }) =>
            Effect.map(_read(events.filter((record) => EventFilter.admits(types, record))), (read) =>
              _frames(read, position)
            )
          ),
          Stream.mapConcat((batch) => batch)
        )

      return Events.of({
        log,
        watch: ({ after, types }) =>
          Stream.unwrap(Effect.map(EventFilter.of(types), (wanted) => watch(after, wanted))),
        frames: ({ after, types }) => Effect.map(EventFilter.of(types), (wanted) => frames(after, wanted)),
        newest: Effect.flatMap(bus.newest, _read)
      })
    })
  )
}

const _read = (records: ReadonlyArray<EventBus.Record>) => {
  const { events, leftOut } = EventCodec.decode(records)
  return Effect.as(
    Effect.forEach(leftOut, (reason) => Metric.increment(EventMetrics.leftOut(reason)), { discard: true }),
    events
  )
}

const _frames = (
  events: ReadonlyArray<Event.Model>,
  position: number
): ReadonlyArray<StreamingService.Event> => [
  ...events.map((event) => ({
    id: String(event.seq),
    event: event.type,
    data: EventCodec.text(event)
  })),
  ...(events.at(-1)?.seq === position
    ? []
    : [{ id: String(position), event: "position", data: JSON.stringify({ seq: position }) }])
]

export { Events }
