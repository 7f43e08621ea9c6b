import { HttpApiBuilder } from "@effect/platform"
import { EventBus } from "@tessera/infra/events/event-bus"
import { type EventRecord } from "@tessera/infra/events/event-record"
import { Api } from "@tessera/shared/api"
import { EventEntry } from "@tessera/shared/event/event-entry"
import { Effect } from "effect"
import { EventCodec } from "./event-codec.ts"

const _limit = 20

/** Reads the log with actor, request and trace; what this version does not know is left out. */
const EventEntryHttpLive = HttpApiBuilder.group(Api, "eventEntry", (handlers) =>
  Effect.map(EventBus, (bus) =>
    handlers.handle("list", ({ urlParams: { after = 0, limit = _limit } }) =>
      Effect.map(bus.log({ after, limit, types: null }), ({ head, items }) => ({
        head,
        items: items.flatMap(_entries)
      }))
    )
  )
)

const _entries = (record: EventRecord): ReadonlyArray<EventEntry.Model> =>
  EventCodec.decode([record]).events.map((event) =>
    EventEntry.Model.make({
      event,
      requestId: record.requestId,
      actorId: record.actor?.actorId ?? null,
      role: record.actor?.role ?? null,
      traceId: record.traceparent?.split("-")[1] ?? null
    })
  )

export { EventEntryHttpLive }
