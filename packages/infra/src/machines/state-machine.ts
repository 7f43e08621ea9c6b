import { Array as Arr, Either, Option, Record, Schema, Struct } from "effect"

/** What happened is not allowed now. `words` is a sentence for people, the guard's own where one refused. */
class _Illegal extends Schema.TaggedError<_Illegal>()("StateMachine.Illegal", {
  machine: Schema.String,
  from: Schema.String,
  event: Schema.String,
  /** `transition`: the state knows no such event; `guard`: it does, and a condition is not met. */
  reason: Schema.Literal("transition", "guard"),
  words: Schema.String
}) {
  override get message(): string {
    return this.words
  }
}

type _Guard<F> = (facts: F) => Option.Option<string>

declare namespace StateMachine {
  type Illegal = _Illegal
  type Edge<S extends string, E extends string> = { readonly from: S; readonly event: E; readonly to: S }
  type Definition<S extends string, E extends string, F, Guarded extends E> = {
    /** Stored with every history: never rename it. */
    readonly name: string
    readonly initial: NoInfer<S>
    /** Every state is a key, a final one of `{}`; so a target that is no state does not compile. */
    readonly transitions: { readonly [State in S]: { readonly [Event in E]?: NoInfer<S> } }
    /** By event: why these facts forbid it, in words; none where they do not. */
    readonly guards?: { readonly [Event in Guarded]: _Guard<F> }
  }
}

type StateMachine<S extends string, E extends string, F = never> = {
  readonly name: string
  readonly initial: S
  /** In the order in which the definition writes them; so are the edges. */
  readonly states: ReadonlyArray<S>
  readonly edges: ReadonlyArray<StateMachine.Edge<S, E>>
  /** Refuses a guarded event without facts: a guard that is not asked guards nothing. */
  readonly next: (state: S, event: E, facts?: F) => Either.Either<S, StateMachine.Illegal>
  /** By the table alone, guards not asked. */
  readonly can: (state: S, event: E) => boolean
  readonly isGuarded: (event: E) => boolean
  readonly isFinal: (state: S) => boolean
  /** True of one or more states that begin with the initial one, each reached from the one before. */
  readonly isPath: (states: ReadonlyArray<S>) => boolean
  /** What the table allows now, as for buttons. */
  readonly events: (state: S) => ReadonlyArray<E>
  readonly froms: (event: E) => ReadonlyArray<S>
  /** The picture as a Mermaid `stateDiagram-v2`: the same definition gives the same text. */
  readonly mermaid: string
}

/** A life cycle as data: states, what may happen in each, and where it leads. Nothing here is stored. */
const StateMachine = {
  Illegal: _Illegal,
  make: <const S extends string, const E extends string, F = never, const Guarded extends NoInfer<E> = never>(
    definition: StateMachine.Definition<S, E, F, Guarded>
  ): StateMachine<S, E, F> => {
    const { initial, name, transitions } = definition
    const states = Record.keys(transitions)
    const edges = _edges(transitions)
    const guards: Record.ReadonlyRecord<string, _Guard<F>> = definition.guards ?? {}
    const from = (state: S) => edges.filter((edge) => edge.from === state)
    const target = (state: S, event: E) =>
      Option.map(
        Arr.findFirst(from(state), (edge) => edge.event === event),
        ({ to }) => to
      )
    const isFinal = (state: S) => from(state).length === 0
    const refusal = (event: E, facts: F | undefined) =>
      Option.flatMap(Option.fromNullable(guards[event]), (guard) =>
        Option.match(Option.fromNullable(facts), {
          onNone: () => Option.some(`${name}: ${event} needs facts`),
          onSome: guard
        })
      )
    return {
      name,
      initial,
      states,
      edges,
      next: (state, event, facts) => {
        const of = { machine: name, from: state, event }
        const unknown = { ...of, reason: "transition", words: `${name}: no ${event} when ${state}` } as const
        return Either.flatMap(
          Either.fromOption(target(state, event), () => new _Illegal(unknown)),
          (to) =>
            Option.match(refusal(event, facts), {
              onNone: () => Either.right(to),
              onSome: (words) => Either.left(new _Illegal({ ...of, reason: "guard", words }))
            })
        )
      },
      can: (state, event) => Option.isSome(target(state, event)),
      isGuarded: (event) => guards[event] !== undefined,
      isFinal,
      isPath: (path) =>
        path[0] === initial &&
        Arr.zip(path, path.slice(1)).every(([here, there]) => from(here).some(({ to }) => to === there)),
      events: (state) => from(state).map(({ event }) => event),
      froms: (event) => edges.filter((edge) => edge.event === event).map((edge) => edge.from),
      mermaid: _mermaid(initial, edges, states.filter(isFinal))
    }
  }
} as const

const _edges = <S extends string, E extends string>(
  transitions: StateMachine.Definition<S, E, never, never>["transitions"]
): ReadonlyArray<StateMachine.Edge<S, E>> =>
  Record.toEntries(transitions).flatMap(([from, row]) =>
    Struct.entries(row).flatMap(([event, to]) =>
      Arr.fromNullable(to).map((target) => ({ from, event, to: target }))
    )
  )

const _mermaid = (
  initial: string,
  edges: ReadonlyArray<StateMachine.Edge<string, string>>,
  finals: ReadonlyArray<string>
): string =>
  [
    "stateDiagram-v2",
    `  [*] --> ${initial}`,
    ...edges.map(({ event, from, to }) => `  ${from} --> ${to}: ${event}`),
    ...finals.map((state) => `  ${state} --> [*]`)
  ].join("\n")

export { StateMachine }
