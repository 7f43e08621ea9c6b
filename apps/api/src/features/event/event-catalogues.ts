import { type Tenancy } from "@tessera/infra/tenancy"
import { Event } from "@tessera/shared/event/event"
import { type EventCatalogue } from "@tessera/shared/event/event-catalogue"
import { Context, Effect, JSONSchema, Layer, Record } from "effect"
import { Events } from "./events.ts"

declare namespace EventCatalogues {
  type Shape = {
    readonly entries: Effect.Effect<ReadonlyArray<typeof EventCatalogue.Entry.Type>, never, Tenancy.Current>
  }
}

/** Costs a walk over each schema, and never changes. */
const _schemas = Record.fromEntries(
  Event.registry.definitions.map(({ schema, type }) => [type, { ...JSONSchema.make(schema) }])
)

/** Every type of event, described by its own definition, with the tenant's newest one. */
class EventCatalogues extends Context.Tag("api/event/EventCatalogues")<
  EventCatalogues,
  EventCatalogues.Shape
>() {
  static readonly layer = Layer.effect(
    EventCatalogues,
    Effect.map(Events, (events) =>
      EventCatalogues.of({
        entries: Effect.map(events.newest, (newest) =>
          Event.registry.definitions.map(({ description, type, version }) => ({
            type,
            description,
            schemaVersion: version,
            schema: _schemas[type] ?? {},
            newest: newest.find((event) => event.type === type) ?? null
          }))
        )
      })
    )
  )
}

export { EventCatalogues }
