import { Context, Effect, Layer, Option } from "effect"
import { Lanes } from "../lanes/lanes.ts"
import { InfraSql } from "../storage/infra-sql.ts"
import { Database } from "../tenancy/database.ts"
import { Tenancy } from "../tenancy/tenancy.ts"
import { EventDeadLetters } from "./event-dead-letters.ts"
import { EventDelivery } from "./event-delivery.ts"
import { EventHandlers } from "./event-handlers.ts"
import { EventPages } from "./event-pages.ts"
import { EventReplays } from "./event-replays.ts"
import { type EventSource } from "./event-source.ts"

declare namespace EventReplaying {
  type Shape = {
    /** The tenant's lane looks at its replays and at its queued dead letters. */
    readonly wake: (tenantId: Tenancy.Id) => Effect.Effect<void>
  }
}

const _kind = "replays"
const _batch = 100
const _troubleMillis = 2000

/**
 * What a subscriber gets once more, on a lane beside the live one: a replay has its own place in the log, and
 * the cursor neither waits for it nor moves with it. The handler sees events that it has handled before, so
 * only one that is idempotent may be replayed.
 */
class EventReplaying extends Context.Tag("infra/events/EventReplaying")<
  EventReplaying,
  EventReplaying.Shape
>() {
  static readonly layer = Layer.effect(
    EventReplaying,
    Effect.gen(function* () {
      const database = yield* Database
      const delivery = yield* EventDelivery
      const handlers = yield* EventHandlers
      const lanes = yield* Lanes
      const letters = yield* EventDeadLetters
      const pages = yield* EventPages
      const replays = yield* EventReplays
      const sql = yield* InfraSql

      const source = (lane: Lanes.Lane, replay: EventReplays.Replay): EventSource.Shape => ({
        // A quarter of a second's worth, so that a slow replay is even and a stop is soon.
        limit: Math.min(_batch, Math.ceil(replay.perSecond / 4)),
        hold: replays.hold(lane, replay.id),
        read: (from, limit) =>
          Effect.map(pages.page({ after: from, limit, types: replay.types }), ({ items, last }) => ({
            events: items.filter(({ seq }) => seq <= replay.until),
            position: Math.min(last, replay.until),
            isFull: items.length === limit
          })),
        moved: ({ events, position }) =>
          Effect.as(
            replays.move(replay.id, { position, handled: events.length }),
            position < replay.until ? Lanes.again : Lanes.idle
          ),
        failed: (failure) => replays.fail(replay.id, failure),
        errors: replays.errors(replay.id)
      })

      const turn = (lane: Lanes.Lane) =>
        Effect.gen(function* () {
          const known = yield* handlers.all
          const running = yield* database.transaction(replays.running(known.map(({ name }) => name)))
          const turns = yield* Effect.forEach(running, (replay) =>
            Effect.flatMap(
              handlers.find(replay.subscriber),
              Option.match({
                onNone: () => Effect.succeed(Lanes.idle),
                onSome: (subscriber) => delivery.turn({ lane, subscriber, source: source(lane, replay) })
              })
            )
          )
          const letter = yield* delivery.again(lane, known)
          return Lanes.soonest([...turns, letter])
        }).pipe(
          Effect.provideService(Tenancy.Current, Tenancy.system(Tenancy.Id.make(lane.key), "replay")),
          Effect.catchAllCause((cause) =>
            Effect.as(Effect.logWarning("a replay had no turn", cause), Lanes.dueIn(_troubleMillis))
          )
        )

      yield* lanes.register({
        name: _kind,
        due: (partitions) =>
          Effect.map(handlers.all, (known) => {
            const names = known.map(({ name }) => name)
            return sql`${replays.due(partitions, names)} UNION ALL ${letters.queued(partitions, names)}`
          }),
        work: turn
      })

      return EventReplaying.of({ wake: (tenantId) => lanes.wake(_kind, tenantId) })
    })
  )
}

export { EventReplaying }
