import { Schema } from "effect"

declare namespace EventDefinition {
  /** A payload as it stands in the log. */
  type Stored = { readonly [field: string]: unknown }
  /** From one version of the stored payload to the next; it must be able to answer for every old row. */
  type Upcaster = (payload: EventDefinition.Stored) => EventDefinition.Stored
  type About = {
    /** For people, in the catalogue. */
    readonly description: string
    /** The first one makes version 2 of version 1, and so on. */
    readonly upcasters?: ReadonlyArray<EventDefinition.Upcaster>
  }
  type Any = Required<EventDefinition.About> & {
    readonly type: string
    /** Of the payload's schema, from 1. */
    readonly version: number
    readonly schema: Schema.Schema.AnyNoContext
  }
}

/**
 * A type of event: the schema of its payload in the present version, and how older payloads become it. A
 * version more is an upcaster more, so that there cannot be one that nobody can read.
 */
const EventDefinition = {
  make: <const Type extends string, Fields extends Schema.Struct.Fields>(
    type: Type,
    fields: Fields,
    { description, upcasters = [] }: EventDefinition.About
  ) => {
    const schema = Schema.TaggedStruct(type, fields)
    return { type, version: upcasters.length + 1, description, upcasters, schema, make: schema.make } as const
  }
} as const

export { EventDefinition }
