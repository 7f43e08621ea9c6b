import { Context, Effect, Layer } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventCursors } from "./event-cursors.ts"
import { EventDelivery } from "./event-delivery.ts"
import { EventHandlers } from "./event-handlers.ts"
import { EventLog } from "./event-log.ts"
import { type EventSource } from "./event-source.ts"

declare namespace EventSubscriptions {
  type Shape = {
    /** The tenant's lane looks at its subscribers. */
    readonly wake: (tenantId: Tenancy.Id) => Effect.Effect<void>
  }
}

const _kind = "subscribers"
const _batch = 200
/** After trouble that is not the handler's, such as a lost database: no attempt is counted. */
const _troubleMillis = 2000

/**
 * Durable subscribers: a cursor per (tenant, subscriber) over the log, moved in the handler's own
 * transaction.
 */
class EventSubscriptions extends Context.Tag("infra/events/EventSubscriptions")<
  EventSubscriptions,
  EventSubscriptions.Shape
>() {
  static readonly layer = Layer.effect(
    EventSubscriptions,
    Effect.gen(function* () {
      const cursors = yield* EventCursors
      const delivery = yield* EventDelivery
      const handlers = yield* EventHandlers
      const lanes = yield* Lanes
      const log = yield* EventLog

      const source = (lane: Lanes.Lane, subscriber: string): EventSource.Shape => {
        const place = { tenantId: lane.key, subscriber }
        return {
          limit: _batch,
          hold: cursors.hold({ ...lane, ...place }),
          read: (from, limit) =>
            Effect.map(log.after(from, limit), ({ items }) => ({
              events: items,
              position: items.at(-1)?.seq ?? from,
              isFull: items.length === limit
            })),
          moved: ({ isFull, position }) =>
            Effect.as(cursors.move({ ...place, seq: position }), isFull ? Lanes.again : Lanes.idle),
          failed: (failure) => cursors.fail({ ...place, ...failure }),
          errors: cursors.errors(place)
        }
      }

      const turn = (lane: Lanes.Lane, subscriber: EventHandlers.Subscriber) =>
        delivery.turn({ lane, subscriber, source: source(lane, subscriber.name) }).pipe(
          Effect.provideService(
            Tenancy.Current,
            Tenancy.system(Tenancy.Id.make(lane.key), `subscriber:${subscriber.name}`)
          ),
          Effect.catchAllCause((cause) =>
            Effect.logWarning("a subscriber had no turn", cause).pipe(
              Effect.annotateLogs({ subscriber: subscriber.name }),
              Effect.as(Lanes.dueIn(_troubleMillis))
            )
          )
        )

      /** A lane is a tenant: its subscribers run one after the other, each with its own cursor. */
      yield* lanes.register({
        name: _kind,
        due: (partitions) =>
          Effect.map(handlers.all, (known) =>
            cursors.behind(
              partitions,
              known.map(({ name }) => name)
            )
          ),
        work: (lane) =>
          Effect.flatMap(handlers.all, (known) =>
            Effect.map(
              Effect.forEach(known, (subscriber) => turn(lane, subscriber)),
              Lanes.soonest
            )
          )
      })

      return EventSubscriptions.of({ wake: (tenantId) => lanes.wake(_kind, tenantId) })
    })
  )
}

export { EventSubscriptions }
