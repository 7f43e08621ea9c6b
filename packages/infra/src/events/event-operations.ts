import { Array as Arr, Context, Data, Effect, Layer, type Option } from "effect"
import { Identifier } from "../context/identifier.ts"
import { Lanes } from "../lanes/lanes.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventCursors } from "./event-cursors.ts"
import { EventDeadLetters } from "./event-dead-letters.ts"
import { EventHandlers } from "./event-handlers.ts"
import { EventPlaces } from "./event-places.ts"
import { EventReplaying } from "./event-replaying.ts"
import { EventReplays } from "./event-replays.ts"
import { EventSubscriptions } from "./event-subscriptions.ts"

class _UnknownSubscriber extends Data.TaggedError("EventOperations.UnknownSubscriber")<{
  readonly subscriber: string
}> {}

class _ReplayRunning extends Data.TaggedError("EventOperations.ReplayRunning")<{
  readonly subscriber: string
}> {}

class _NoReplay extends Data.TaggedError("EventOperations.NoReplay")<{ readonly subscriber: string }> {}

declare namespace EventOperations {
  type Letter = EventDeadLetters.Letter
  type Replay = EventReplays.Replay
  type Subscriber = EventPlaces.Place
  type Request = Pick<EventReplays.Draft, "subscriber" | "from" | "types" | "perSecond">
  type _Use<A, E = never> = Effect.Effect<A, E, Tenancy.Current>
  type Shape = {
    readonly subscribers: _Use<ReadonlyArray<EventOperations.Subscriber>>
    /** What it has in hand is finished; then it stands still, in this tenant. */
    readonly pause: (subscriber: string) => _Use<EventOperations.Subscriber, _UnknownSubscriber>
    readonly resume: (subscriber: string) => _Use<EventOperations.Subscriber, _UnknownSubscriber>
    readonly replay: (
      request: EventOperations.Request
    ) => _Use<EventReplays.Replay, _UnknownSubscriber | _ReplayRunning>
    readonly stopReplay: (subscriber: string) => _Use<EventReplays.Replay, _UnknownSubscriber | _NoReplay>
    readonly letters: (slice: EventDeadLetters.Slice) => _Use<ReadonlyArray<EventDeadLetters.Letter>>
    readonly replayLetter: (id: string) => _Use<Option.Option<EventDeadLetters.Letter>>
    /** How many. */
    readonly replayLetters: (subscriber: string) => _Use<number, _UnknownSubscriber>
    /** `false` where there was none. */
    readonly dropLetter: (id: string) => _Use<boolean>
  }
}

/** What people do with the durable subscribers of their tenant. */
class EventOperations extends Context.Tag("infra/events/EventOperations")<
  EventOperations,
  EventOperations.Shape
>() {
  static readonly layer = Layer.effect(
    EventOperations,
    Effect.gen(function* () {
      const cursors = yield* EventCursors
      const database = yield* Database
      const handlers = yield* EventHandlers
      const letters = yield* EventDeadLetters
      const live = yield* EventSubscriptions
      const places = yield* EventPlaces
      const replaying = yield* EventReplaying
      const replays = yield* EventReplays

      const known = _known(handlers)

      const wake = Effect.flatMap(Tenancy.Current, ({ tenantId }) =>
        database.afterCommit(Effect.zipRight(live.wake(tenantId), replaying.wake(tenantId)))
      )

      const setPaused = (paused: boolean) => (subscriber: string) =>
        Effect.gen(function* () {
          yield* known(subscriber)
          const { tenantId } = yield* Tenancy.Current
          yield* cursors.setPaused({ tenantId, subscriber, paused })
          yield* wake
          return yield* Effect.orDie(Effect.flatMap(places.of([subscriber]), Arr.head))
        }).pipe(database.transaction)

      const replay: EventOperations.Shape["replay"] = Effect.fn("EventOperations.replay")(function* (
        request
      ) {
        const { subscriber } = request
        yield* known(subscriber)
        const { tenantId } = yield* Tenancy.Current
        const id = yield* Identifier.uuid
        const partition = Lanes.partitionOf(tenantId)
        const started = yield* replays.start({ ...request, id, partition })
        yield* wake
        return yield* Effect.mapError(started, () => new _ReplayRunning({ subscriber }))
      }, database.transaction)

      const stopReplay: EventOperations.Shape["stopReplay"] = (subscriber) =>
        known(subscriber).pipe(
          Effect.zipRight(replays.stop(subscriber)),
          Effect.flatMap(Effect.mapError(() => new _NoReplay({ subscriber }))),
          database.transaction
        )

      return EventOperations.of({
        subscribers: Effect.flatMap(handlers.all, (all) => places.of(all.map(({ name }) => name))).pipe(
          database.transaction
        ),
        pause: setPaused(true),
        resume: setPaused(false),
        replay,
        stopReplay,
        letters: (slice) => database.transaction(letters.list(slice)),
        replayLetter: (id) => database.transaction(Effect.zipLeft(letters.queue(id), wake)),
        replayLetters: (subscriber) =>
          known(subscriber).pipe(
            Effect.zipRight(letters.queueAll(subscriber)),
            Effect.zipLeft(wake),
            database.transaction
          ),
        dropLetter: (id) => database.transaction(letters.remove(id))
      })
    })
  )
}

const _known = (handlers: EventHandlers.Shape) => (subscriber: string) =>
  handlers.find(subscriber).pipe(
    Effect.flatten,
    Effect.mapError(() => new _UnknownSubscriber({ subscriber }))
  )

export { EventOperations }
