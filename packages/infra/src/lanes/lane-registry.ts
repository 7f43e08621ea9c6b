import { type Statement } from "@effect/sql"
import { Context, Effect, Layer, Option, Ref, type Scope } from "effect"

declare namespace LaneRegistry {
  type Lane = {
    readonly partition: number
    /** The fence: a statement that finds another epoch on the partition writes nothing. */
    readonly epoch: number
    readonly key: string
    /** Closes when the partition leaves this replica; work that outlives a turn is forked into it. */
    readonly scope: Scope.Scope
    /** Marks the lane as worth another look, from inside forked work. */
    readonly touch: Effect.Effect<void>
  }
  type Turn =
    | { readonly _tag: "Again" }
    | { readonly _tag: "Idle" }
    | { readonly _tag: "DueIn"; readonly millis: number }
  type Kind = {
    readonly name: string
    /**
     * A query for the due rows of these partitions over a partial index: `partition`, `key` and `due_at` of
     * each. Rows of a former owner count, too: only a wake makes a new one look.
     */
    readonly due: (partitions: ReadonlyArray<number>) => Effect.Effect<Statement.Fragment>
    /** One bounded turn of work on one lane. */
    readonly work: (lane: LaneRegistry.Lane) => Effect.Effect<LaneRegistry.Turn>
  }
  type Shape = {
    readonly add: (kind: LaneRegistry.Kind) => Effect.Effect<void>
    readonly find: (name: string) => Effect.Effect<Option.Option<LaneRegistry.Kind>>
    readonly all: Effect.Effect<ReadonlyArray<LaneRegistry.Kind>>
  }
}

/** The kinds of work that this process knows; filled while layers build, read by hosts and sweeps. */
class LaneRegistry extends Context.Tag("infra/lanes/LaneRegistry")<LaneRegistry, LaneRegistry.Shape>() {
  static readonly layer = Layer.effect(
    LaneRegistry,
    Effect.map(Ref.make<ReadonlyMap<string, LaneRegistry.Kind>>(new Map()), (kinds) =>
      LaneRegistry.of({
        add: (kind) => Ref.update(kinds, (known) => new Map([...known, [kind.name, kind]])),
        find: (name) => Effect.map(Ref.get(kinds), (known) => Option.fromNullable(known.get(name))),
        all: Effect.map(Ref.get(kinds), (known) => [...known.values()])
      })
    )
  )
}

export { LaneRegistry }
