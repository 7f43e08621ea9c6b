import { Array as Arr, Effect, Schema } from "effect"
import { type Tenancy } from "../tenancy/tenancy.ts"

declare namespace EventEmission {
  type Value = {
    readonly type: string
    readonly aggregateId: string
    /** Of the aggregate, from 1; 0 where the aggregate counts no versions. */
    readonly version: number
    /** Of the payload's schema. */
    readonly schemaVersion: number
    readonly payload: unknown
    /** Given by who may have to say the same thing twice; a new one where it is absent. */
    readonly id?: string | undefined
  }
  type Of = Pick<EventEmission.Value, "aggregateId" | "version" | "id">
  /** `duplicate`: the tenant's log has an event of that id already, which stays as it is. */
  type Outcome = { readonly id: string; readonly status: "emitted" | "duplicate" }
  type Many = (
    emissions: ReadonlyArray<EventEmission.Value>
  ) => Effect.Effect<ReadonlyArray<EventEmission.Outcome>, never, Tenancy.Current>
  /** One in, one out; many in, many out, in their order. */
  type Emit = {
    (emission: EventEmission.Value): Effect.Effect<EventEmission.Outcome, never, Tenancy.Current>
    (
      emissions: ReadonlyArray<EventEmission.Value>
    ): Effect.Effect<ReadonlyArray<EventEmission.Outcome>, never, Tenancy.Current>
  }
  type Definition<A, I> = {
    readonly type: string
    readonly version: number
    readonly schema: Schema.Schema<A, I>
  }
}

/** What somebody wants to be published, before it has a place in the log. */
const EventEmission = {
  of: <A, I>(
    { schema, type, version }: EventEmission.Definition<A, I>,
    payload: A,
    of: EventEmission.Of
  ): EventEmission.Value => ({
    ...of,
    type,
    schemaVersion: version,
    payload: Schema.encodeSync(schema)(payload)
  }),
  /** From the form for many to that for one or many. */
  emit: (many: EventEmission.Many): EventEmission.Emit => {
    function emit(emission: EventEmission.Value): Effect.Effect<EventEmission.Outcome, never, Tenancy.Current>
    function emit(
      emissions: ReadonlyArray<EventEmission.Value>
    ): Effect.Effect<ReadonlyArray<EventEmission.Outcome>, never, Tenancy.Current>
    function emit(
      emissions: EventEmission.Value | ReadonlyArray<EventEmission.Value>
    ): Effect.Effect<EventEmission.Outcome | ReadonlyArray<EventEmission.Outcome>, never, Tenancy.Current> {
      return "type" in emissions ? Effect.orDie(Effect.flatMap(many([emissions]), Arr.head)) : many(emissions)
    }
    return emit
  }
} as const

export { EventEmission }
