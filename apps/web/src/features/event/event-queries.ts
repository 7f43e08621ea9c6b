import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { type Event } from "@tessera/shared/event/event"
import { Effect, Option } from "effect"
import { ApiRuntime } from "../../lib/api-runtime.ts"
import { type EventSearch } from "./event-search.ts"

const _all = ["events"] as const

/** How many numbers of the log one page looks at: a filter leaves few of them over. */
const _span = { all: 100, filtered: 1000 } as const

/** Reads of the event log; what grows at its head comes with the live connection. */
const EventQueries = {
  span: (type: EventSearch.Value["type"]): number => _span[type === undefined ? "all" : "filtered"],
  /** The newest first, down from `upTo` or from the head. */
  log: ({ type, upTo }: Pick<EventSearch.Value, "type" | "upTo">) => {
    const limit = EventQueries.span(type)
    return queryOptions({
      queryKey: [..._all, "log", type, upTo],
      queryFn: ApiRuntime.query((client) =>
        Effect.gen(function* () {
          const { head } = yield* client.event.log({ urlParams: { limit: 1 } })
          const last = Math.min(head, upTo ?? head)
          const after = Math.max(0, last - limit)
          const { items } = yield* client.event.log({ urlParams: { after, limit } })
          const events: ReadonlyArray<Event.Model> = items
            .filter((event) => event.seq <= last && (type === undefined || event.type === type))
            .toReversed()
          return { events, head, after, last }
        })
      ),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY
    })
  },
  /** None where the log has no such number, or this version does not know the type. */
  entry: (seq: number) =>
    queryOptions({
      queryKey: [..._all, "entry", seq],
      queryFn: ApiRuntime.query((client) =>
        Effect.map(client.eventEntry.list({ urlParams: { after: seq - 1, limit: 1 } }), ({ items }) =>
          Option.fromNullable(items.find(({ event }) => event.seq === seq))
        )
      )
    })
} as const

export { EventQueries }
