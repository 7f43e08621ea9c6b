import { EventBus } from "@tessera/infra/events/event-bus"
import { type StreamingService } from "@tessera/infra/realtime/streaming-service"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Event } from "@tessera/shared/event/event"
import { Chunk, Context, Duration, Effect, Layer, type Option, Sink, Stream } from "effect"
import { EventCodec } from "./event-codec.ts"

declare namespace Events {
  type Batch = { readonly head: number; readonly events: ReadonlyArray<Event.Model> }
  type Shape = {
    /** `limit` is 100 when absent. */
    readonly log: (query: {
      readonly after?: number | undefined
      readonly limit?: number | undefined
    }) => Effect.Effect<
      { readonly items: ReadonlyArray<Event.Model>; readonly head: number },
      never,
      Tenancy.Current
    >
    /**
     * Whatever happens within 100 ms arrives as one batch; the first batch may be empty and carries the
     * head.
     */
    readonly watch: (after: Option.Option<number>) => Stream.Stream<Events.Batch, never, Tenancy.Current>
    /** The same one by one, ready for Server-Sent Events. */
    readonly frames: (
      after: Option.Option<number>
    ) => Stream.Stream<StreamingService.Event, never, Tenancy.Current>
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

      const log = Effect.fn("Events.log")(function* (query: Parameters<Events.Shape["log"]>[0]) {
        const { items, head } = yield* bus.log({
          after: query.after ?? 0,
          limit: query.limit ?? _defaultLimit
        })
        return { items: EventCodec.decode(items), head }
      })

      return Events.of({
        log,
        // The first batch leaves at once; later ones collect for as long as the throttle holds the stream.
        watch: (after) =>
          bus.watch(after).pipe(
            Stream.aggregate(Sink.collectAllN<EventBus.Batch>(_merged)),
            Stream.filter(Chunk.isNonEmpty),
            Stream.throttle({ cost: () => 1, units: 1, duration: _coalesced, strategy: "shape" }),
            Stream.map((batches) => ({
              head: Chunk.lastNonEmpty(batches).head,
              events: EventCodec.decode(Chunk.toReadonlyArray(batches).flatMap(({ events }) => events))
            }))
          ),
        frames: (after) =>
          bus.watch(after).pipe(
            Stream.mapConcat(({ events }) => EventCodec.decode(events)),
            Stream.map((event) => ({
              id: String(event.seq),
              event: event.type,
              data: EventCodec.text(event)
            }))
          )
      })
    })
  )
}

export { Events }
