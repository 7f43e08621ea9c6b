import { HttpServerResponse } from "@effect/platform"
import { Duration, Effect, type Exit, Queue, Random, Schedule, Stream, Take } from "effect"

type _Numbered = { readonly event: StreamingService.Event; readonly index: number }
type _Seen = { readonly next: number; readonly lastId: string }

declare namespace StreamingService {
  type Event = {
    /** What a client sends back as `Last-Event-ID`; a line break in it is dropped. */
    readonly id: string
    readonly event: string
    /** Any text, most often JSON; line breaks survive. */
    readonly data: string
  }
  type Options = {
    /** Between two heartbeat comments. Defaults to 30 s, as proxies cut what is silent for 60 s. */
    readonly heartbeat?: Duration.DurationInput
    /** Events that wait for a slow client. Defaults to 256. */
    readonly capacity?: number
    /**
     * `drop` (the default) gives up the oldest and says so with an event `missed`, `{"count", "after"}`,
     * where `after` is the last id before the gap; `wait` stops pulling, for a source that can be read later.
     */
    readonly whenSlow?: "drop" | "wait"
  }
}

const _settings = { heartbeat: Duration.seconds(30), capacity: 256, whenSlow: "drop" } as const
/**
 * What `EventSource` waits for before it comes back, in milliseconds: not the same for all, because all
 * readers of a replica lose their streams in one moment, and would be at the door in one moment, too.
 */
const _hello = Effect.map(Random.nextIntBetween(500, 2500), (millis) => `retry: ${millis}\n\n`)
const _heartbeat = ": heartbeat\n\n"

/** Server-Sent Events (WHATWG HTML, section 9.2): a stream becomes a response that ends when it ends. */
const StreamingService = {
  sse: <E, R>(
    events: Stream.Stream<StreamingService.Event, E, R>,
    options: StreamingService.Options = {}
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
    Effect.map(Effect.context<R>(), (context) =>
      HttpServerResponse.stream(Stream.encodeText(_text(Stream.provideContext(events, context), options)), {
        contentType: "text/event-stream",
        headers: {
          "cache-control": "no-cache, no-transform",
          // nginx and its relatives would otherwise collect the stream before they pass it on.
          "x-accel-buffering": "no"
        }
      })
    )
} as const

const _text = <E>(
  events: Stream.Stream<StreamingService.Event, E>,
  options: StreamingService.Options
): Stream.Stream<string, E> => {
  const { heartbeat, capacity, whenSlow } = { ..._settings, ...options }
  const beats = Stream.as(Stream.fromSchedule(Schedule.spaced(heartbeat)), _heartbeat)
  const source = _sources[whenSlow](events, capacity)
  return Stream.concat(Stream.fromEffect(_hello), Stream.merge(source, beats, { haltStrategy: "left" }))
}

const _sources = {
  wait: (events) => Stream.map(events, _frame),
  drop: (events, capacity) =>
    _sliding(events, capacity).pipe(
      Stream.mapAccum<_Seen, _Numbered, string>({ next: 0, lastId: "" }, (seen, { event, index }) => [
        { next: index + 1, lastId: event.id },
        index === seen.next ? _frame(event) : `${_missed(index - seen.next, seen.lastId)}${_frame(event)}`
      ])
    )
} satisfies Record<
  "wait" | "drop",
  <E>(events: Stream.Stream<StreamingService.Event, E>, capacity: number) => Stream.Stream<string, E>
>

/** Numbered before the buffer, so that a hole in the numbers behind it is what was dropped. */
const _sliding = <E>(events: Stream.Stream<StreamingService.Event, E>, capacity: number) =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const queue = yield* Queue.sliding<Take.Take<_Numbered, E>>(capacity)
      yield* Stream.zipWithIndex(events).pipe(
        Stream.runForEach(([event, index]) => Queue.offer(queue, Take.of({ event, index }))),
        Effect.onExit((exit) => Queue.offer(queue, _end(exit))),
        Effect.forkScoped
      )
      return Stream.flattenTake(Stream.fromQueue(queue, { maxChunkSize: 1 }))
    })
  )

const _end = <E>(exit: Exit.Exit<void, E>): Take.Take<never, E> =>
  exit._tag === "Success" ? Take.end : Take.failCause(exit.cause)

const _frame = ({ id, event, data }: StreamingService.Event): string =>
  `id: ${_line(id)}\nevent: ${_line(event)}\n${_data(data)}\n\n`

/** Without an id: the client's own `Last-Event-ID` stays where it was. */
const _missed = (count: number, after: string): string =>
  `event: missed\ndata: ${JSON.stringify({ count, after })}\n\n`

const _data = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}`)
    .join("\n")

const _line = (text: string): string => text.replace(/[\r\n\0]/g, "")

export { StreamingService }
