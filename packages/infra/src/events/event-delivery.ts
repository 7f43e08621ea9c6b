import { Array as Arr, Cause, Context, Data, Effect, Layer, Metric, Option } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { type Tenancy } from "../tenancy/tenancy.ts"
import { Failpoint } from "../testing/failpoint.ts"
import { EventDeadLetters } from "./event-dead-letters.ts"
import { type EventHandlers } from "./event-handlers.ts"
import { EventLog } from "./event-log.ts"
import { EventMetrics } from "./event-metrics.ts"
import { type EventRecord } from "./event-record.ts"
import { type EventSource } from "./event-source.ts"

type _Tools = {
  readonly database: Database.Shape
  readonly letters: EventDeadLetters.Shape
  readonly log: EventLog.Shape
}

type _Charge = { readonly event: EventRecord; readonly attempts: number; readonly error: string }

declare namespace EventDelivery {
  type Feed = {
    readonly lane: Lanes.Lane
    readonly subscriber: EventHandlers.Subscriber
    readonly source: EventSource.Shape
  }
  type Shape = {
    /** One slice of the source to its subscriber, in one transaction with the place where it stands. */
    readonly turn: (feed: EventDelivery.Feed) => Effect.Effect<Lanes.Turn, never, Tenancy.Current>
    /** The oldest queued dead letter once more: gone when it succeeds, dead again when not. */
    readonly again: (
      lane: Lanes.Lane,
      subscribers: ReadonlyArray<EventHandlers.Subscriber>
    ) => Effect.Effect<Lanes.Turn, never, Tenancy.Current>
  }
}

/** The handler failed: rolls its transaction back, and knows what it was about. */
class _Failed extends Data.TaggedError("EventDelivery.Failed")<{
  readonly held: EventSource.Held
  readonly events: ReadonlyArray<EventRecord>
  readonly cause: Cause.Cause<unknown>
}> {}

/** A dead letter that failed again. */
class _Refused extends Data.TaggedError("EventDelivery.Refused")<{
  readonly id: string
  readonly cause: Cause.Cause<unknown>
}> {}

/**
 * How a subscriber is fed. A slice that fails is rolled back and given again event by event, so that one bad
 * event is found and its neighbours are handled once; that one is tried until its attempts are used up, and
 * then becomes a dead letter.
 */
class EventDelivery extends Context.Tag("infra/events/EventDelivery")<EventDelivery, EventDelivery.Shape>() {
  static readonly layer = Layer.effect(
    EventDelivery,
    Effect.gen(function* () {
      const tools: _Tools = {
        database: yield* Database,
        letters: yield* EventDeadLetters,
        log: yield* EventLog
      }
      return EventDelivery.of({
        turn: (feed) =>
          _attempt(tools, feed, feed.source.limit).pipe(
            Effect.catchTag("EventDelivery.Failed", (failed) =>
              failed.events.length > 1 ? _oneByOne(tools, feed, failed) : _blame(tools, feed, failed)
            )
          ),
        again: (lane, subscribers) => _again(tools, lane, subscribers)
      })
    })
  )
}

const _give = ({ source, subscriber }: EventDelivery.Feed, held: EventSource.Held, limit: number) =>
  Effect.gen(function* () {
    // What has failed comes alone: those behind it must not be rolled back with it.
    const slice = yield* source.read(held.from, held.failures > 0 ? 1 : limit)
    const { events } = slice
    yield* subscriber.handle(events).pipe(
      Effect.sandbox,
      Effect.mapError((cause) => new _Failed({ held, events, cause })),
      Effect.when(() => events.length > 0)
    )
    yield* Failpoint.hit("subscriber.move.before")
    return yield* source.moved(slice)
  })

const _attempt = ({ database }: _Tools, feed: EventDelivery.Feed, limit: number) =>
  database.transaction(
    Effect.flatMap(
      feed.source.hold,
      Option.match({
        onNone: () => Effect.succeed(Lanes.idle),
        onSome: (held) =>
          held.waitMillis > 0
            ? Effect.succeed(Lanes.dueIn(Math.ceil(held.waitMillis)))
            : _give(feed, held, limit)
      })
    )
  )

const _oneByOne = (tools: _Tools, feed: EventDelivery.Feed, { events }: _Failed) =>
  Effect.forEach(events, () => _attempt(tools, feed, 1), { discard: true }).pipe(
    Effect.as(Lanes.again),
    Effect.catchTag("EventDelivery.Failed", (single) => _blame(tools, feed, single))
  )

const _blame = (tools: _Tools, feed: EventDelivery.Feed, { cause, events, held }: _Failed) =>
  Effect.gen(function* () {
    const { source, subscriber } = feed
    const attempts = held.failures + 1
    yield* Metric.increment(EventMetrics.failures(subscriber.name))
    yield* Effect.logWarning("a subscriber failed", cause).pipe(
      Effect.annotateLogs({ subscriber: subscriber.name, attempts, seq: events[0]?.seq })
    )
    const place = yield* source.hold
    const isSame = Option.exists(
      place,
      ({ failures, from }) => failures === held.failures && from === held.from
    )
    const judged = Option.match(Arr.head(events), {
      onNone: () => Effect.succeed(Lanes.idle),
      onSome: (event) => _judge(tools, feed, { event, attempts, error: _storable(cause) })
    })
    // Somebody else has moved the place meanwhile: the failure is not about what is next any more.
    return yield* isSame ? judged : Effect.succeed(Lanes.again)
  }).pipe(tools.database.transaction)

const _judge = (tools: _Tools, feed: EventDelivery.Feed, charge: _Charge) => {
  const { attempts, firstMillis, mostMillis } = feed.subscriber.retry
  const delayMillis = Math.min(mostMillis, firstMillis * 2 ** (charge.attempts - 1))
  return charge.attempts >= attempts
    ? _bury(tools, feed, charge)
    : Effect.as(feed.source.failed({ error: charge.error, delayMillis }), Lanes.dueIn(delayMillis))
}

const _bury = (
  { letters }: _Tools,
  { lane, source, subscriber: { name } }: EventDelivery.Feed,
  { attempts, error, event: { id: eventId, seq } }: _Charge
) =>
  Effect.gen(function* () {
    // The last error is not in the row of the place, so it is put there first.
    yield* source.failed({ error, delayMillis: 0 })
    yield* letters.add({
      ...{ subscriber: name, eventId, seq, partition: lane.partition, attempts },
      ...{ id: yield* Identifier.uuid, errors: yield* source.errors }
    })
    yield* source.moved({ events: [], position: seq, isFull: true })
    yield* Metric.increment(EventMetrics.given(name))
    yield* Effect.logError("a subscriber has given up an event").pipe(
      Effect.annotateLogs({ subscriber: name, eventId, seq, attempts })
    )
    return Lanes.again
  })

const _again = (
  { database, letters, log }: _Tools,
  lane: Lanes.Lane,
  subscribers: ReadonlyArray<EventHandlers.Subscriber>
) =>
  Effect.gen(function* () {
    const names = subscribers.map(({ name }) => name)
    const found = Option.flatMap(yield* letters.next(lane, names), (letter) =>
      Option.map(
        Arr.findFirst(subscribers, ({ name }) => name === letter.subscriber),
        ({ handle }) =>
          log.after(letter.seq - 1, 1).pipe(
            Effect.flatMap(({ items }) => handle(items)),
            Effect.sandbox,
            Effect.mapError((cause) => new _Refused({ id: letter.id, cause })),
            Effect.zipRight(letters.remove(letter.id)),
            Effect.as(Lanes.again)
          )
      )
    )
    return yield* Option.getOrElse(found, () => Effect.succeed(Lanes.idle))
  }).pipe(
    database.transaction,
    Effect.catchTag("EventDelivery.Refused", ({ cause, id }) =>
      Effect.logWarning("a dead letter failed again", cause).pipe(
        Effect.zipRight(database.transaction(letters.fail(id, _storable(cause)))),
        Effect.as(Lanes.again)
      )
    )
  )

/** What jsonb takes: no NUL, no half of a surrogate pair. */
const _storable = (cause: Cause.Cause<unknown>): string =>
  Buffer.from(Cause.pretty(cause).replaceAll("\0", "").slice(0, 2000)).toString("utf8")

export { EventDelivery }
