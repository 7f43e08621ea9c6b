import { EventOperations } from "@tessera/infra/events/event-operations"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Access } from "@tessera/shared/access/access"
import { type Event } from "@tessera/shared/event/event"
import { EventSubscriber } from "@tessera/shared/event/event-subscriber"
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { Policy } from "../../../access/policy.ts"
import { EventFilter } from "../event-filter.ts"

declare namespace EventSubscribers {
  type _Use<A, E = never> = Effect.Effect<A, E, Tenancy.Current>
  type Shape = {
    readonly list: _Use<ReadonlyArray<EventSubscriber.Model>>
    readonly replay: (
      request: EventSubscriber.ReplayRequest
    ) => _Use<
      EventSubscriber.Replay,
      EventSubscriber.NotFound | EventSubscriber.ReplayRunning | Event.UnknownType | Access.Denied
    >
    readonly stopReplay: (
      subscriber: string
    ) => _Use<EventSubscriber.Replay, EventSubscriber.NotFound | EventSubscriber.NoReplay | Access.Denied>
    readonly pause: (
      subscriber: string
    ) => _Use<EventSubscriber.Model, EventSubscriber.NotFound | Access.Denied>
    readonly resume: (
      subscriber: string
    ) => _Use<EventSubscriber.Model, EventSubscriber.NotFound | Access.Denied>
  }
}

const _notFound = ({ subscriber }: { readonly subscriber: string }) =>
  Effect.fail(EventSubscriber.NotFound.make({ subscriber }))

/** The mechanism's `EventOperations` under the contract's roles and words. */
class EventSubscribers extends Context.Tag("api/event/EventSubscribers")<
  EventSubscribers,
  EventSubscribers.Shape
>() {
  static readonly layer = Layer.effect(
    EventSubscribers,
    Effect.gen(function* () {
      const operations = yield* EventOperations

      const replay: EventSubscribers.Shape["replay"] = Effect.fn("EventSubscribers.replay")(
        function* ({ from, perSecond, subscriber, types }) {
          yield* Policy.require("operate")
          const wanted = yield* EventFilter.of(types)
          const place = "since" in from ? { since: DateTime.formatIso(from.since) } : from
          const started = yield* operations.replay({ subscriber, perSecond, types: wanted, from: place })
          return yield* _replay(started)
        },
        Effect.catchTags({
          "EventOperations.UnknownSubscriber": _notFound,
          "EventOperations.ReplayRunning": ({ subscriber }) =>
            Effect.fail(EventSubscriber.ReplayRunning.make({ subscriber }))
        })
      )

      const stopReplay: EventSubscribers.Shape["stopReplay"] = Effect.fn("EventSubscribers.stopReplay")(
        function* (subscriber) {
          yield* Policy.require("operate")
          return yield* _replay(yield* operations.stopReplay(subscriber))
        },
        Effect.catchTags({
          "EventOperations.UnknownSubscriber": _notFound,
          "EventOperations.NoReplay": ({ subscriber }) =>
            Effect.fail(EventSubscriber.NoReplay.make({ subscriber }))
        })
      )

      const pause: EventSubscribers.Shape["pause"] = Effect.fn("EventSubscribers.pause")(
        function* (subscriber) {
          yield* Policy.require("operate")
          return yield* _subscriber(yield* operations.pause(subscriber))
        },
        Effect.catchTag("EventOperations.UnknownSubscriber", _notFound)
      )

      const resume: EventSubscribers.Shape["resume"] = Effect.fn("EventSubscribers.resume")(
        function* (subscriber) {
          yield* Policy.require("operate")
          return yield* _subscriber(yield* operations.resume(subscriber))
        },
        Effect.catchTag("EventOperations.UnknownSubscriber", _notFound)
      )

      return EventSubscribers.of({
        list: Effect.flatMap(operations.subscribers, (all) => Effect.forEach(all, _subscriber)),
        replay,
        stopReplay,
        pause,
        resume
      })
    })
  )
}

const _decodeReplay = Schema.decodeUnknown(EventSubscriber.Replay)
const _decodeSubscriber = Schema.decodeUnknown(EventSubscriber.Model)

/** The mechanism knows no brands; a row that does not fit them is a bug. */
const _replay = (row: EventOperations.Replay) => Effect.orDie(_decodeReplay(row))

const _subscriber = (row: EventOperations.Subscriber) =>
  Effect.orDie(_decodeSubscriber({ ...row, lag: row.head - row.cursor }))

export { EventSubscribers }
