import { EventOperations } from "@tessera/infra/events/event-operations"
import { RowCursor } from "@tessera/infra/storage/row-cursor"
import { type Tenancy } from "@tessera/infra/tenancy"
import { type Access } from "@tessera/shared/access/access"
import { EventDeadLetter } from "@tessera/shared/event/event-dead-letter"
import { EventSubscriber } from "@tessera/shared/event/event-subscriber"
import { Page } from "@tessera/shared/page"
import { Context, Effect, Layer, Schema } from "effect"
import { Policy } from "../../../access/policy.ts"

declare namespace EventDeadLetterDesk {
  type List = {
    /** The key of the row after which the page begins. */
    readonly after: RowCursor.Key
    readonly limit?: number | undefined
    readonly subscriber?: string | undefined
  }
  type _Use<A, E = never> = Effect.Effect<A, E, Tenancy.Current>
  type Shape = {
    readonly list: (query: EventDeadLetterDesk.List) => _Use<EventDeadLetter.Page>
    readonly replay: (
      id: EventDeadLetter.Id
    ) => _Use<EventDeadLetter.Model, EventDeadLetter.NotFound | Access.Denied>
    /** For good; what it was is in the log of events, and who dropped it in the log of the program. */
    readonly drop: (id: EventDeadLetter.Id) => _Use<void, EventDeadLetter.NotFound | Access.Denied>
    readonly replayAll: (
      subscriber: string
    ) => _Use<EventDeadLetter.Replayed, EventSubscriber.NotFound | Access.Denied>
  }
}

/** What people do with events that a subscriber gave up. */
class EventDeadLetterDesk extends Context.Tag("api/event/EventDeadLetterDesk")<
  EventDeadLetterDesk,
  EventDeadLetterDesk.Shape
>() {
  static readonly layer = Layer.effect(
    EventDeadLetterDesk,
    Effect.gen(function* () {
      const operations = yield* EventOperations

      const list: EventDeadLetterDesk.Shape["list"] = Effect.fn("EventDeadLetterDesk.list")(
        function* (query) {
          const { after, limit = Page.defaultLimit, subscriber = null } = query
          const rows = yield* operations.letters({ after, limit, subscriber })
          return yield* Effect.orDie(_decodePage(RowCursor.page(rows, limit, (row) => row)))
        }
      )

      const replay: EventDeadLetterDesk.Shape["replay"] = Effect.fn("EventDeadLetterDesk.replay")(
        function* (id) {
          yield* Policy.require("operate")
          const queued = yield* operations.replayLetter(id)
          const letter = yield* Effect.mapError(queued, () => EventDeadLetter.NotFound.make({ id }))
          return yield* Effect.orDie(_decodeLetter(letter))
        }
      )

      const drop: EventDeadLetterDesk.Shape["drop"] = Effect.fn("EventDeadLetterDesk.drop")(function* (id) {
        yield* Policy.require("operate")
        yield* operations.dropLetter(id).pipe(
          Effect.filterOrFail(
            (dropped) => dropped,
            () => EventDeadLetter.NotFound.make({ id })
          )
        )
        yield* Effect.logInfo("a dead letter was dropped").pipe(Effect.annotateLogs({ deadLetterId: id }))
      })

      const replayAll: EventDeadLetterDesk.Shape["replayAll"] = Effect.fn("EventDeadLetterDesk.replayAll")(
        function* (subscriber) {
          yield* Policy.require("operate")
          return EventDeadLetter.Replayed.make({ count: yield* operations.replayLetters(subscriber) })
        },
        Effect.catchTag("EventOperations.UnknownSubscriber", ({ subscriber }) =>
          Effect.fail(EventSubscriber.NotFound.make({ subscriber }))
        )
      )

      return EventDeadLetterDesk.of({ list, replay, drop, replayAll })
    })
  )
}

const _decodePage = Schema.decodeUnknown(EventDeadLetter.Page)
const _decodeLetter = Schema.decodeUnknown(EventDeadLetter.Model)

export { EventDeadLetterDesk }
