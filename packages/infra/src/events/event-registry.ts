import { Either, Schema } from "effect"
import { type EventDefinition } from "./event-definition.ts"

declare namespace EventRegistry {
  type Stored = { readonly type: string; readonly schemaVersion: number; readonly payload: unknown }
  /** Why a stored event cannot be read: by a release that is older than it, or because it is broken. */
  type Unreadable = "unknown_type" | "newer_version" | "undecodable"
  type Shape = {
    readonly definitions: ReadonlyArray<EventDefinition.Any>
    readonly types: ReadonlyArray<string>
    /** The event with its payload in the present version; one of that version is given back as it is. */
    readonly current: <Record extends EventRegistry.Stored>(
      record: Record
    ) => Either.Either<Record, EventRegistry.Unreadable>
  }
}

const _payload = Schema.decodeUnknownEither(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

/** All definitions of a product, by type. */
const EventRegistry = {
  of: (definitions: ReadonlyArray<EventDefinition.Any>): EventRegistry.Shape => {
    const known = new Map(definitions.map((definition) => [definition.type, definition]))
    const current = <Record extends EventRegistry.Stored>(record: Record) =>
      Either.fromNullable(known.get(record.type), () => "unknown_type" as const).pipe(
        Either.filterOrLeft(
          ({ version }) => record.schemaVersion <= version,
          () => "newer_version" as const
        ),
        Either.flatMap((definition) =>
          record.schemaVersion === definition.version ? Either.right(record) : _raised(definition, record)
        )
      )
    return { definitions, types: [...known.keys()], current }
  }
} as const

const _raised = <Record extends EventRegistry.Stored>(
  { upcasters, version }: EventDefinition.Any,
  record: Record
): Either.Either<Record, EventRegistry.Unreadable> =>
  _payload(record.payload).pipe(
    Either.flatMap((payload) =>
      Either.try(() =>
        upcasters.slice(record.schemaVersion - 1).reduce((older, upcast) => upcast(older), payload)
      )
    ),
    Either.mapBoth({
      onLeft: () => "undecodable" as const,
      onRight: (payload) => ({ ...record, payload, schemaVersion: version })
    })
  )

export { EventRegistry }
