import { Event } from "@tessera/shared/event/event"
import { Array as Arr, Effect, Option } from "effect"

declare namespace EventFilter {
  /** Null for all. */
  type Types = ReadonlyArray<string> | null
}

/** Which types of events a reader wants; a type that no release of ours publishes would wait for ever. */
const EventFilter = {
  of: (types: ReadonlyArray<string> | undefined): Effect.Effect<EventFilter.Types, Event.UnknownType> =>
    Arr.findFirst(types ?? [], (type) => !Event.registry.types.includes(type)).pipe(
      Option.match({
        onNone: () => Effect.succeed(types ?? null),
        onSome: (eventType) => Effect.fail(Event.UnknownType.make({ eventType }))
      })
    ),
  admits: (types: EventFilter.Types, { type }: { readonly type: string }): boolean =>
    types === null || types.includes(type)
} as const

export { EventFilter }
